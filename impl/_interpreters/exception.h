/* An exception on its way from one interpreter to another: described there (describe.c), rebuilt
   here (rebuild.c). Four parts of it are matters of their own: its class (classes.c), the C fields
   of built-in exceptions (fields.c), data that is not plain (pickles.c), and the traceback
   (traceback.c).

   No object may cross from one interpreter to another, so an exception that leaves a run is
   described in the interpreter that raised it, in plain data, marshalled into bytes, and rebuilt
   in the caller's.  The description is a list of exceptions, the one that was raised first, then
   those it refers to (its cause, its context, the members of a group), and the formatted
   traceback. They refer to each other by index, so depth and cycles are of no concern.  One
   exception is a tuple:

       classes     the exception classes of its MRO, as pairs (module, qualified name)
       args        each element as it is if it is plain data, else its repr(); of a group none
       text        its str(), or None if that raises
       fields      what built-in classes keep in C fields: {"filename": ...}
       attributes  the plain data in its __dict__, the notes among it
       cause, context      indexes, or -1
       suppress    __suppress_context__
       group       its message and the indexes of its members, if it is a group, or None
       pickles     what is not plain data: (part, key, pickle), where key is an index of args, or
                   a name in fields or attributes

   It is rebuilt as its own class if the caller's sys.modules has that; otherwise, and always if
   the class is one of __main__, as a class made on the spot that has its name and derives from the
   nearest classes that the caller does have.
   Nothing is imported, and no __init__ or __new__ but those of classes written in C is called: the
   rest of the state comes from the description. A pickle is loaded last, and only if every name in
   it is that of a class which the caller's sys.modules has, or getattr. If it cannot be loaded then
   what the other parts say stays: the repr() of an argument, nothing of an attribute.

   What the description reads may be hostile, so every step has something to fall back on. It
   reads C fields, through the descriptors of the built-in class, where a subclass could lie; and
   it holds on to what it reads, for the next line may run code that lets go of it. */

#ifndef INTERPRETERS_EXCEPTION_H
#define INTERPRETERS_EXCEPTION_H

#include "core.h"

/* How many exceptions one description holds; links to more are cut. */
#define MOST_EXCEPTIONS 1000
/* How deeply groups nest before their inner members are cut. */
#define DEEPEST_GROUP 50
/* How deeply plain data nests, and of how many parts it is, before it is pickled. */
#define DEEPEST_DATA 100
#define MOST_DATA 1000000

#define MODULE_NAME "interpreters._interpreters"

typedef enum {
    CLASSES,
    ARGS,
    TEXT,
    FIELDS,
    ATTRIBUTES,
    CAUSE,
    CONTEXT,
    SUPPRESS,
    GROUP,
    PICKLES,
    PARTS
} part;

static inline PyBaseExceptionObject *
fields_of(PyObject *exception)
{
    return (PyBaseExceptionObject *)exception;
}

/* describe.c */

/* An exact str from what repr() or str() gave, which is consumed; or a stand-in if they failed. */
PyObject *exact_text(PyObject *text, PyObject *object);

/* fields.c */

/* Some classes have fields of which everybody expects that they are a str or an int: there no
   other object will do, not even one that can be pickled. */
typedef struct {
    PyObject **class;
    bool simple;
    const char *names[9];
} class_fields;

/* The last one has no class. */
extern const class_fields fields_known[];

/* A new reference, or NULL and no exception. */
PyObject *fields_get(PyObject *exception, PyObject *class, const char *name);
void fields_set(PyObject *exception, PyObject *class, const char *name, PyObject *value);

/* What str() of a UnicodeError needs lest it read beyond the object (up to 3.13): an object of the
   right type, and no negative start. */
void fields_mend_unicode_error(PyObject *exception);

/* Up to 3.13 the traceback module fails where a SyntaxError has anything but an int or a str. */
void fields_mend_syntax_error(PyObject *exception);

/* pickles.c */

/* A bytes object, or NULL and no exception. */
PyObject *pickles_dump(PyObject *object);

/* The object that was pickled, or NULL and no exception. The class that loads pickles is made at
   the first one, and kept by the caller: NULL until then. */
PyObject *pickles_load(PyObject *bytes, PyObject **unpickler_class);

/* classes.c */

/* The class of that name which the caller has; a new reference, or NULL and, for want of memory, an
   exception. */
PyObject *classes_find_any(PyObject *module, PyObject *qualname);

/* The same for the class of an exception, which must say of itself that this is its name. */
PyObject *classes_find(module_state *state, PyObject *module, PyObject *qualname);

/* Make a class with the names of 'pair' from the bases, a tuple, which is consumed; or NULL and an
   exception: they may not go together, or may not like to be derived from. NULL for bases is passed
   on. */
PyObject *classes_make(PyObject *pair, PyObject *bases);

/* Make one from the nearest classes that the caller has; if that fails from the nearest one that
   will do alone; and if no class can be made at all, for want of memory or of recursion, take what
   there is. 'made' tells whether it is a new class. */
PyObject *classes_stand_in(module_state *state, PyObject *classes, bool *made);

/* Have str() of the exception, of a class made on the spot, give that text, unless it is None. */
void classes_make_str_equal(PyObject *class, PyObject *exception, PyObject *text);

/* traceback.c */

/* The traceback of an exception as text; or NULL and an exception. 'source' is the text of the code
   that was run, or NULL. */
PyObject *traceback_tell(PyObject *exception, const char *source);

/* Put it at the end of the chain, which is of no more than so many exceptions. */
void traceback_attach(module_state *state, PyObject *exception, PyObject *text, Py_ssize_t most);

#endif
