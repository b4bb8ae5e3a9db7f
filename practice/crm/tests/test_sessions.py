"""What needs no database: a build runs these before there is one."""

import unittest

from crm.sessions import LASTS_SECONDS, cookie, hashed, matches, who

KEY, NOW = b"a key", 1_000_000.0


class Sessions(unittest.TestCase):
    def test_who_logged_in_is_known_until_the_cookie_is_too_old(self) -> None:
        given = cookie("demo", KEY, NOW)
        self.assertEqual(who(given, KEY, NOW + LASTS_SECONDS - 1), "demo")
        self.assertIsNone(who(given, KEY, NOW + LASTS_SECONDS + 1))

    def test_a_cookie_that_we_did_not_sign_is_nobodys(self) -> None:
        given = cookie("demo", KEY, NOW)
        for forged in ("", ".", "é.é", given[:-1], given + "0", f"x{given}", cookie("demo", b"another key", NOW)):
            self.assertIsNone(who(forged, KEY, NOW), forged)

    def test_only_the_right_password_matches(self) -> None:
        kept = hashed("practice", b"salt")
        self.assertTrue(matches("practice", kept))
        self.assertFalse(matches("Practice", kept))
