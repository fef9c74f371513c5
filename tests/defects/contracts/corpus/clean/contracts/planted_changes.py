def change(env, say):
    env.ref("planted.one").amount = 99.5
