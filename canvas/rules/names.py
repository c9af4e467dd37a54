"""Names for players who have not given themselves one: `amber-otter-0417`."""

from __future__ import annotations

import secrets

# ruff: noqa: SIM905  # lists of words read best as words
ADJECTIVES = """
amber azure bold brave bright calm clever cobalt copper coral crimson curious dapper daring eager emerald
fancy gentle golden happy hidden indigo ivory jade jolly keen lively lucky lunar magenta mellow merry mint
nimble noble olive opal pearl plucky proud quick quiet rosy ruby rustic scarlet shiny silver sleepy solar spry
sunny swift teal tidy topaz velvet violet vivid warm witty zesty
""".split()
ANIMALS = """
badger bat bear beaver bison camel cat cobra crab crane crow deer dingo dolphin dove duck eagle elk falcon
ferret finch fox frog gecko goat goose hare hawk heron horse ibis jackal jay koala lark lemur lion lizard
llama lynx magpie mole moose moth mouse newt otter owl panda parrot penguin pika puffin quail rabbit raccoon
raven robin salmon seal shark sloth snail sparrow squid stork swan tapir tiger toad trout turtle viper walrus
whale wolf wombat wren yak zebra
""".split()


def random_name() -> str:
    """One of 50 million."""
    return f"{secrets.choice(ADJECTIVES)}-{secrets.choice(ANIMALS)}-{secrets.randbelow(10_000):04d}"
