def correction(env, say):
    return made(env, number=7, amount=-2.25)


def leaver(env, say):
    return made(env, number=8, amount=8, active=False)


def made(env, **values):
    env["planted.thing"].create({"name": "Case", "state": "done", **values})
    return {"ids": env["planted.export"].create({}).ids}
