"""What the references document is there, with the same parameters, and has a docstring that names them.

On every Python, for the signature of a C function is in its docstring.
"""

import importlib
import inspect
import os
import re
import sys
import unittest

LIBRARY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "library")
TEXTS = {
    "_interpreters": "interpreters._interpreters",
    "interpreters": "interpreters",
    "sharing": "interpreters",
    "executor": "interpreters",
}
OBJECT = re.compile(r"( *)\.\. (function|class|method|attribute|exception):: ((?:.*\\\n)*.*)")


def documented(text):
    """What a text documents: kind, qualified name, and the parameters, or None if it has no list."""
    owner = ""
    for margin, kind, signature in OBJECT.findall(text):
        signature = re.sub(r"\\\n *", "", signature)
        name, opening, rest = signature.partition("(")
        name = name.strip()
        if not margin:
            owner = name
        elif "." not in name:
            name = owner + "." + name
        yield kind, name, rest.rstrip(")") if opening else None


def parameters_of(text):
    """The parameters that are written so, as inspect has them."""
    namespace = {}
    exec("def written({}): pass".format(text), namespace)
    return described(inspect.signature(namespace["written"]))


def described(signature):
    """Names, kinds and defaults; these by their looks, for they may be objects of ours."""
    return [
        (each.name, each.kind.name, looks(each.default))
        for each in signature.parameters.values()
        if each.name != "self"
    ]


def looks(default):
    return default.__name__ if inspect.isclass(default) else repr(default)


def attribute(thing, name):
    """What a dotted name stands for."""
    for part in name.replace("interpreters.", "", 1).split("."):
        thing = getattr(thing, part)
    return thing


class References(unittest.TestCase):
    def each(self):
        """Each documented object, with its parameters."""
        for name, module in TEXTS.items():
            with open(os.path.join(LIBRARY, name + ".rst"), encoding="utf-8") as file:
                found = list(documented(file.read()))
            self.assertTrue(found)
            for kind, qualified, parameters in found:
                yield kind, qualified, importlib.import_module(module), parameters

    def test_parameters_are_those_documented(self):
        for kind, name, module, parameters in self.each():
            if parameters is not None and kind != "exception":
                with self.subTest(name):
                    try:
                        signature = inspect.signature(attribute(module, name))
                    except ValueError:  # classes of C code had none before 3.10
                        self.assertTrue(kind == "class" and sys.version_info < (3, 10))
                        continue
                    self.assertEqual(described(signature), parameters_of(parameters))

    def test_docstrings_name_every_parameter(self):
        for _, name, module, parameters in self.each():
            with self.subTest(name):
                said = inspect.getdoc(attribute(module, name))
                self.assertTrue(said)
                for parameter, _, _ in parameters_of(parameters) if parameters else ():
                    self.assertRegex(said, r"\b{}\b".format(parameter))

    def test_a_reader_of_the_texts(self):
        text = ".. function:: f(a, /, b=1, \\\n   *, c)\n\n.. class:: K\n\n   .. method:: m()\n\n   .. attribute:: a\n"
        self.assertEqual(
            list(documented(text)),
            [
                ("function", "f", "a, /, b=1, *, c"),
                ("class", "K", None),
                ("method", "K.m", ""),
                ("attribute", "K.a", None),
            ],
        )


if __name__ == "__main__":
    unittest.main()
