"""Commented config files to start from: each runs as it is and says, line by line, what could be changed."""

SCENARIO = """\
# A scenario is the world that a policy meets. This one is America first, half as strong.
# Change what you like, then
#   hedgelab check {path}
kind: scenario
name: {name}
title: A scenario of mine
description: >-
  One or two sentences for those who will choose it from a list.
world: base  # a folder under configs/worlds
split: chokepoint_minerals  # cuts critical minerals in two; null leaves them whole
focus: JPN  # whose portfolio is tracked, and who follows the policy
actors: [JPN, EU27, USA, CHN]  # regions that choose moves
start: 2025Q1
quarters: 24
# free_from: 2026Q1  # until then only dated moves (the calendar below, a policy's commitments)

open:  # instruments of every actor but the focus, by partner: a list of regions, `all`, or [] for none
  tariff_raise: all
  tariff_cut: []
  tariff_match: all  # answer a partner's breach in kind
  control: all  # export controls
  hedge: all

changes:  # departures from the base year, in which nobody gains by moving; leave a block out for no change
  norm_factor:  # times the fitted cost of breaking a trade commitment
    USA:
      value: 0.5
      low: 0.25  # an assumption needs a range: ensembles draw from it
      high: 0.75
      unit: "1"
      source: assumption
      meaning: Share of the fitted cost of breaking a trade commitment that Washington still feels.
  # producer_weights:  # weight of a domain's sales in an actor's payoff, beside real income
  #   USA:
  #     machinery: {{value: 1.0, low: 0.5, high: 1.5, unit: "1", source: assumption}}
  # control_value:  # what withholding is worth to the sender in itself, per cent of its income a year
  #   CHN:
  #   - targets: [JPN]
  #     domains: [chokepoint_minerals]
  #     value: {{value: 0.02, low: 0.005, high: 0.05, unit: percent, source: assumption}}
  # opens:  # instruments on top of those above, and for the focus on top of its policy
  #   EU27: {{tariff_cut: [JPN]}}

calendar: []  # dated tariffs; each is in force from `since` to the day before `until`
# calendar:
# - label: 25 per cent on Japanese cars
#   since: 2025-04-03
#   until: 2025-09-04
#   rules:  # in order; each has one of set, add, floor, schedule (tariff_schedules.csv), like (another pair)
#   - importer: [USA]
#     exporter: [JPN]
#     domain: [transport_equipment]
#     add: 0.25
#     source: where the rate is from
"""

POLICY = """\
# A policy is what the focus region may do, must do and never does. Change what you like, then
#   hedgelab check {path}
kind: policy
name: {name}
title: A policy of mine
description: >-
  One or two sentences for those who will choose it from a list.

open:  # what it may do each quarter when that pays, by partner: a list of regions, `all`, or [] for none
  tariff_raise: []
  tariff_cut: [EU27]
  tariff_match: all  # answer a partner's breach in kind
  control: []  # export controls
  hedge: [CHN]

never_answers: []  # partners whose breaches and controls are left unanswered whatever they do

commitments:  # dated moves that it makes whatever they score; [] for none
- type: hedge  # a shadow mark-up on a supplier: purchases move to others, at a cost, against its leverage
  start: 2026Q1
  supplier: CHN
  domains: [chokepoint_minerals, battery_minerals]
  size:
    value: 0.5
    low: 0.25  # an assumption needs a range: ensembles draw from it
    high: 1.0
    unit: "1"
    source: assumption
    meaning: Mark-up put on this supplier, on top of the base year's.
  why: China has closed this valve before
# - type: tariff  # a cut of the tariff on a partner
#   start: 2026Q1
#   partner: EU27
#   domains: [agriculture_food, other_manufacturing]
#   keep: {{value: 0.0, low: 0.0, high: 0.5, unit: "1", source: assumption}}  # share of the rate that stays
#   why: what the agreement of 2019 left over goes to zero

lacks: []  # what the policy would need and the lab cannot do yet: {{what: ..., brought_by: ...}}
"""

TEMPLATES = {"scenario": SCENARIO, "policy": POLICY}


def text(kind: str, name: str, path: str) -> str:
    """A file of a kind under a name; `path` is where it will stand."""
    return TEMPLATES[kind].format(name=name, path=path)
