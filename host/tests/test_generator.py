# SPDX-License-Identifier: MIT
import unittest

from mutants import generator

SOURCE = """\
#include <linux/module.h>

static int first(struct page *page, unsigned long size)
{
	unsigned int nr = 1 << order(page);
	int ret;

	/* a comment; with a semicolon */
	ret = convert(page, nr);
	if (ret)
		pr_warn("no; %d\\n", ret);
	if (size < LIMIT && page)
		return -EINVAL;

	mutex_lock(&lock);
	flags = A | B;
	mutex_unlock(&lock);
	return ret;
}

static void __init second(void)
{
	for (i = 0; i < COUNT; i++) {
		take(i,
		     "a, b");
	}
out:
	done();
}
"""


def changes(text=SOURCE):
    return {mutant.name: (mutant.old, mutant.new) for mutant in generator.Source(text).mutants()}


class Mutants(unittest.TestCase):
    def test_statements_are_deleted(self):
        self.assertEqual(changes()["first-delete-1"], ("ret = convert(page, nr);", ";"))
        self.assertEqual(changes()["second-delete-1"], ('take(i, "a, b");', ";"))

    def test_conditions(self):
        self.assertEqual(changes()["first-negate-1"], ("ret", "!(ret)"))
        self.assertEqual(changes()["first-limit-1"][1], "size <= LIMIT && page")
        self.assertEqual(changes()["first-logic-1"][1], "size < LIMIT || page")
        self.assertEqual(changes()["second-limit-1"][1], "i <= COUNT")

    def test_values(self):
        self.assertEqual(changes()["first-arithmetic-1"][1], "1 >> order(page)")
        self.assertEqual(changes()["first-number-1"][1], "2 << order(page)")
        self.assertEqual(changes()["first-errno-1"][1], "return -ENOMEM;")
        self.assertEqual(changes()["first-flag-1"][1], "flags = A;")

    def test_arguments_are_swapped_and_strings_stay_whole(self):
        self.assertEqual(changes()["first-swap-1"][1], "ret = convert(nr, page);")
        self.assertEqual(changes()["second-swap-1"][1], 'take("a, b", i);')

    def test_functions_return_early(self):
        self.assertEqual(changes()["first-early-1"][1], "return 0;")
        self.assertEqual(changes()["second-early-1"][1], "return;")
        self.assertEqual(changes()["first-return-2"], ("return ret;", "return 0;"))

    def test_locks_and_messages_are_left_alone(self):
        touched = " ".join(old for old, _ in changes().values())
        self.assertNotIn("mutex", touched)
        self.assertNotIn("pr_warn", touched)

    def test_only_some_functions(self):
        found = generator.Source(SOURCE, lambda name: name == "second").mutants()
        self.assertEqual({mutant.function for mutant in found}, {"second"})


class Written(unittest.TestCase):
    def test_lines_are_where_they_are_said_to_be(self):
        text, places = generator.Source(SOURCE).written(lambda _: True)
        lines = text.splitlines()
        self.assertEqual(len(places), len(changes()))
        for number, mutant in places.items():
            self.assertIn(f'ccprime_mutant("{mutant.name}")', lines[number - 1])

    def test_what_is_not_wanted_stays_as_it_was(self):
        text, places = generator.Source(SOURCE).written(lambda _: False)
        self.assertEqual((text, places), (generator.HEADER + SOURCE, {}))

    def test_forms(self):
        text, _ = generator.Source(SOURCE).written(
            lambda m: m.name.endswith(("negate-1", "delete-1"))
        )
        self.assertIn('if (\nccprime_mutant("first-negate-1") ? (!(ret)) :\n(ret))', text)
        self.assertIn(
            '{\nif (ccprime_mutant("first-delete-1")) { ; } else\n{ ret = convert(page, nr); } }',
            text,
        )
