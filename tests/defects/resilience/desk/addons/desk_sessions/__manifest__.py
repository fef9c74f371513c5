{
    "name": "Desk Sessions",
    "version": "19.0.1.0.0",
    "license": "LGPL-3",
    "depends": ["construction_session_redis"],
    "post_load": "activate",
}
