"""Runs pytest with the given arguments."""

import gc
import sys

import pytest


class Freeze:
    """Exempts from garbage collection what is there before a test class.

    Most of pymongo's test classes collect garbage at their end. To look each
    time at all that was ever loaded takes longer than the tests.
    """

    def pytest_collection_finish(self):
        self.freeze()

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_teardown(self, item, nextitem):
        if nextitem is None or nextitem.parent is not item.parent:
            self.freeze()

    def freeze(self):
        gc.collect()
        gc.freeze()


sys.exit(pytest.main(plugins=[Freeze()]))
