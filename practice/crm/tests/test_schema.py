"""The files that move the schema say what they are."""

import unittest

from crm.schema import head, migrations, pending


class Schema(unittest.TestCase):
    def test_every_migration_says_its_kind_and_has_a_number_of_its_own(self) -> None:
        numbers = [each.name.partition("_")[0] for each in migrations()]
        self.assertEqual(numbers, [f"{n:04}" for n in range(1, len(numbers) + 1)])
        self.assertNotIn(None, [each.kind for each in migrations()])

    def test_what_was_run_is_not_run_again(self) -> None:
        names = frozenset(each.name for each in migrations())
        self.assertEqual((pending(names), head(frozenset())), ((), "none"))
        self.assertEqual(pending(frozenset()), migrations())
