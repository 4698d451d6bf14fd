"""A model."""


def predict(age):
    return 1 / (1 + age)
