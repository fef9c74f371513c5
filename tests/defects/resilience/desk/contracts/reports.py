def prepare(env, say, interaction):
    return {}
