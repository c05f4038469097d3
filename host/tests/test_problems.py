# SPDX-License-Identifier: MIT
import unittest

from checks import patches

FIELDS = "".join(f"- **{field}:** none\n" for field in patches.FIELDS)
PAGE = f"""# Problems

| problem | component | kernels | how it shows | patch for |
| --- | --- | --- | --- | --- |
| [CPU's clock on 6.12](#cpus-clock-on-612) | x86 | 6.12 | fail | |
| [lost bytes](#lost-bytes) | heap | 7.3, 6.12 | fail | 7.3, 6.12 |

## CPU's clock on 6.12

It stops.

{FIELDS}
## lost bytes

They are lost.

{FIELDS}
  - `kernel-patches/7.3/a-b.patch`
  - `kernel-patches/7.3/c.patch`
  - `kernel-patches/6.12/a-b.patch`
"""


class Problems(unittest.TestCase):
    def test_sections(self):
        sections = patches.problems(PAGE)
        self.assertEqual(list(sections), ["CPU's clock on 6.12", "lost bytes"])
        self.assertIn("They are lost", sections["lost bytes"])
        self.assertEqual(patches.problems("# Problems\n"), {})

    def test_right_form(self):
        self.assertEqual(patches.wrong_form(PAGE), [])

    def test_wrong_form(self):
        for old, new, said in (
            ("## CPU", "## XPU", "not sorted"),
            ("(#cpus-", "(#cpu-s-", "index has"),
            ("| 7.3, 6.12 |\n", "| 7.3 |\n", "index has"),
            ("- **Kernels:** none\n", "", "fields"),
            (
                "- **Where:** none\n- **Kernels:** none\n",
                "- **Kernels:** none\n- **Where:** none\n",
                "fields",
            ),
            ("| [lost bytes]", "| [lost words]", "index has"),
            ("\n## lost bytes", "", "index has"),
        ):
            with self.subTest(new):
                bad = patches.wrong_form(PAGE.replace(old, new))
                self.assertIn(said, "\n".join(bad))
