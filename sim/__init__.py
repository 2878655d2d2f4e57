"""Hedgelab: how a region's hedging portfolio changes when its partners coerce it and it follows a policy.

A number walks one way through the folders of this package, and the import rule follows the same order:

    configs/*.yaml -> scenario -> world -> rules -> moves -> strategies -> engine -> record -> runs/ -> viz
                      validated   arrays   how they  what one  who picks    the step  frames    files    view
                      Scenario             move      could do  which move   in order
                                                     and why

Beside the walk stand `errors` and `draws` (below everything), `run` and `studies` (which join the floors) and
`cli` (the command). `tests/test_floors.py` fails on an import that climbs."""
