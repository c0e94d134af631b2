"""Words for the shell: what a generated script names is quoted, whatever characters are in it.

This file is a part of Python as well as of Starlark: its test is in test_shell.py.
"""

def shell_word(text):
    """One word for the shell, which stands for the text itself."""
    return "'" + text.replace("'", "'\\''") + "'"

def shell_word_with(text, variables):
    """The same, but the variables, where they are named between % in the text, are expanded."""
    word = shell_word(text)
    for variable in variables:
        word = word.replace("%" + variable + "%", "'\"$" + variable + "\"'")
    return word
