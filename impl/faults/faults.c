/* Have an allocation fail: the n-th of a call.

   Two kinds can be counted, and the n-th of those counted fails:

       own     what the library interpreters._interpreters asks for itself: memory, threads, locks
               and thread states. The slots through which the loaded library calls other libraries
               are pointed to functions of this file. So it is the very library that is shipped
               which is tried, not another build of it.
       python  what CPython allocates in its three domains, in the interpreters that OS thread
               visits: PyMem_SetAllocator, which is public.

   Where CPython makes an interpreter it does not bear a failure of its own: it ends the process.
   With the first kind nothing of CPython's fails but what it says may fail, so whatever goes wrong
   then is a mistake of the library.

   The blocks that the library has taken and not given back are counted as well: a call that fails
   is to leave none. */

#define PY_SSIZE_T_CLEAN
#include "impl/_interpreters/compat.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <execinfo.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    OWN = 1,
    PYTHON = 2
};

static struct {
    atomic_int kinds; /* that are counted */
    atomic_bool everywhere;
    bool onwards; /* all from the n-th on fail */
    bool stops;   /* for a debugger */
    long nth;
    atomic_long seen, failed, blocks;
} plan;

static _Thread_local bool is_watched;

/* Who has asked, the innermost first: the functions that have names to others than the compiler. */

static void
tell_where(void)
{
    void *frames[48];
    int count = backtrace(frames, sizeof(frames) / sizeof(*frames));
    dprintf(STDERR_FILENO, "failed in:");
    for (int i = 0; i < count; i++) {
        Dl_info info;
        const ElfW(Sym) *symbol = NULL;
        if (dladdr1(frames[i], &info, (void **)&symbol, RTLD_DL_SYMENT) != 0 && symbol != NULL &&
            (char *)frames[i] <= (char *)info.dli_saddr + symbol->st_size) {
            dprintf(STDERR_FILENO, " %s", info.dli_sname);
        }
    }
    dprintf(STDERR_FILENO, "\n");
}

static bool
fails(int kind)
{
    if (!(atomic_load(&plan.kinds) & kind) || !(is_watched || atomic_load(&plan.everywhere))) {
        return false;
    }
    long number = atomic_fetch_add(&plan.seen, 1) + 1;
    if (number != plan.nth && !(plan.onwards && number > plan.nth)) {
        return false;
    }
    if (atomic_fetch_add(&plan.failed, 1) == 0) {
        tell_where();
    }
    if (plan.stops) {
        (void)raise(SIGTRAP);
    }
    return true;
}

/*
 * The library's own
 */

static void *
counted(void *block)
{
    atomic_fetch_add(&plan.blocks, block != NULL);
    return block;
}

static void *
own_malloc(size_t size)
{
    return fails(OWN) ? NULL : counted(malloc(size));
}

static void *
own_calloc(size_t count, size_t size)
{
    return fails(OWN) ? NULL : counted(calloc(count, size));
}

static void *
own_realloc(void *block, size_t size)
{
    if (fails(OWN)) {
        return NULL;
    }
    return block == NULL ? counted(malloc(size)) : realloc(block, size);
}

static void
own_free(void *block)
{
    atomic_fetch_sub(&plan.blocks, block != NULL);
    free(block);
}

static void *
own_mmap(void *address, size_t size, int protection, int flags, int file, off_t offset)
{
    if (fails(OWN)) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    return mmap(address, size, protection, flags, file, offset);
}

static int
own_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*function)(void *),
                   void *argument)
{
    return fails(OWN) ? EAGAIN : pthread_create(thread, attributes, function, argument);
}

static unsigned long
own_start_new_thread(void (*function)(void *), void *argument)
{
    return fails(OWN) ? PYTHREAD_INVALID_THREAD_ID : PyThread_start_new_thread(function, argument);
}

static PyThread_type_lock
own_allocate_lock(void)
{
    return fails(OWN) ? NULL : PyThread_allocate_lock();
}

static PyThreadState *
own_thread_state(PyInterpreterState *interp)
{
    return fails(OWN) ? NULL : PyThreadState_New(interp);
}

static const struct {
    const char *name;
    void *function;
} replacements[] = {
    {"malloc", own_malloc},
    {"calloc", own_calloc},
    {"realloc", own_realloc},
    {"free", own_free},
    {"mmap", own_mmap},
    {"pthread_create", own_pthread_create},
    {"PyThread_start_new_thread", own_start_new_thread},
    {"PyThread_allocate_lock", own_allocate_lock},
    {"PyThreadState_New", own_thread_state},
};

/* The slot, which may be in a page that has been made read-only since it was filled. */

static bool
fill(void **slot, void *function)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), start = (uintptr_t)slot & ~(page - 1);
    if (mprotect((void *)start, page, PROT_READ | PROT_WRITE) != 0) {
        return false;
    }
    *slot = function;
    return true;
}

/* What the linker was told about a library; addresses, which some systems give from its begin. */

typedef struct {
    uintptr_t base, symbols, names, tables[2];
    size_t sizes[2];
} dynamic;

static uintptr_t
absolute(uintptr_t base, uintptr_t address)
{
    return address < base ? base + address : address;
}

static dynamic
read_dynamic(uintptr_t base, const ElfW(Dyn) * entry)
{
    dynamic own = {.base = base};
    for (; entry->d_tag != DT_NULL; entry++) {
        uintptr_t address = absolute(base, entry->d_un.d_ptr);
        switch (entry->d_tag) {
        case DT_SYMTAB:
            own.symbols = address;
            break;
        case DT_STRTAB:
            own.names = address;
            break;
        case DT_RELA:
            own.tables[0] = address;
            break;
        case DT_RELASZ:
            own.sizes[0] = entry->d_un.d_val;
            break;
        case DT_JMPREL:
            own.tables[1] = address;
            break;
        case DT_PLTRELSZ:
            own.sizes[1] = entry->d_un.d_val;
            break;
        }
    }
    return own;
}

static int
replace_in(const dynamic *own, const ElfW(Rela) * each)
{
    const ElfW(Sym) *symbols = (const ElfW(Sym) *)own->symbols;
    const char *name = (const char *)own->names + symbols[ELF64_R_SYM(each->r_info)].st_name;
    for (size_t i = 0; i < sizeof(replacements) / sizeof(*replacements); i++) {
        if (strcmp(name, replacements[i].name) == 0) {
            return fill((void **)(own->base + each->r_offset), replacements[i].function);
        }
    }
    return 0;
}

typedef struct {
    const char *path;
    int replaced;
} request;

static int
replace(struct dl_phdr_info *library, size_t Py_UNUSED(size), void *argument)
{
    request *own = argument;
    if (strcmp(library->dlpi_name, own->path) != 0) {
        return 0;
    }
    for (int i = 0; i < library->dlpi_phnum; i++) {
        if (library->dlpi_phdr[i].p_type != PT_DYNAMIC) {
            continue;
        }
        uintptr_t start = library->dlpi_addr + library->dlpi_phdr[i].p_vaddr;
        dynamic known = read_dynamic(library->dlpi_addr, (const ElfW(Dyn) *)start);
        for (int which = 0; which < 2; which++) {
            const ElfW(Rela) *each = (const ElfW(Rela) *)known.tables[which];
            if (each == NULL || known.symbols == 0) {
                continue;
            }
            for (size_t n = known.sizes[which] / sizeof(*each); n > 0; n--, each++) {
                own->replaced += replace_in(&known, each);
            }
        }
    }
    return 1;
}

/* take_over(path): of the library that has been loaded from there. How many slots it has. */

static PyObject *
take_over(PyObject *Py_UNUSED(module), PyObject *path)
{
    request own = {PyUnicode_AsUTF8(path), 0};
    if (own.path == NULL) {
        return NULL;
    }
    dl_iterate_phdr(replace, &own);
    return PyLong_FromLong(own.replaced);
}

/*
 * CPython's
 */

static PyMemAllocatorEx before[3];

static void *
python_malloc(void *context, size_t size)
{
    PyMemAllocatorEx *own = context;
    return fails(PYTHON) ? NULL : own->malloc(own->ctx, size);
}

static void *
python_calloc(void *context, size_t count, size_t size)
{
    PyMemAllocatorEx *own = context;
    return fails(PYTHON) ? NULL : own->calloc(own->ctx, count, size);
}

static void *
python_realloc(void *context, void *block, size_t size)
{
    PyMemAllocatorEx *own = context;
    return fails(PYTHON) ? NULL : own->realloc(own->ctx, block, size);
}

static void
python_free(void *context, void *block)
{
    PyMemAllocatorEx *own = context;
    own->free(own->ctx, block);
}

static void
take_over_domains(void)
{
    static const PyMemAllocatorDomain domains[] = {PYMEM_DOMAIN_RAW, PYMEM_DOMAIN_MEM,
                                                   PYMEM_DOMAIN_OBJ};
    for (int i = 0; i < 3; i++) {
        PyMem_GetAllocator(domains[i], &before[i]);
        PyMemAllocatorEx own = {&before[i], python_malloc, python_calloc, python_realloc,
                                python_free};
        PyMem_SetAllocator(domains[i], &own);
    }
}

/*
 * The module
 */

/* call(function, nth, python=False, everywhere=False, onwards=False, stops=False)
   -> (value, error, seen, failed) */

static PyObject *
call(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"function", "nth", "python", "everywhere", "onwards", "stop", NULL};
    PyObject *function, *type = NULL, *error = NULL, *traceback = NULL;
    int python = 0, everywhere = 0, onwards = 0, stops = 0;
    long nth;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "Ol|pppp", names, &function, &nth, &python,
                                     &everywhere, &onwards, &stops)) {
        return NULL;
    }
    plan.nth = nth;
    plan.onwards = onwards;
    plan.stops = stops;
    atomic_store(&plan.everywhere, everywhere);
    atomic_store(&plan.seen, 0);
    atomic_store(&plan.failed, 0);
    is_watched = true;
    atomic_store(&plan.kinds, python ? OWN | PYTHON : OWN);
    PyObject *value = PyObject_CallObject(function, NULL);
    atomic_store(&plan.kinds, 0);
    is_watched = false;
    bool raised = PyErr_Occurred() != NULL, told = raised == (value == NULL);
    PyErr_Fetch(&type, &error, &traceback);
    PyErr_NormalizeException(&type, &error, &traceback);
    if (error != NULL && traceback != NULL) {
        PyException_SetTraceback(error, traceback);
    }
    Py_XDECREF(type);
    Py_XDECREF(traceback);
    if (!told) {
        Py_XDECREF(value);
        Py_XDECREF(error);
        return PyErr_Format(PyExc_AssertionError, "the call has returned %s",
                            raised ? "a value and set an exception"
                                   : "neither value nor exception");
    }
    PyObject *result =
        Py_BuildValue("(OOll)", value == NULL ? Py_None : value, error == NULL ? Py_None : error,
                      atomic_load(&plan.seen), atomic_load(&plan.failed));
    Py_XDECREF(value);
    Py_XDECREF(error);
    return result;
}

/* blocks(): how many the library has. */

static PyObject *
blocks(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    return PyLong_FromLong(atomic_load(&plan.blocks));
}

static PyMethodDef methods[] = {
    {"take_over", take_over, METH_O, NULL},
    {"call", (PyCFunction)(void (*)(void))call, METH_VARARGS | METH_KEYWORDS, NULL},
    {"blocks", blocks, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "faults",
    .m_doc = "Have the n-th allocation of a call fail.",
    .m_size = -1,
    .m_methods = methods,
};

EXPORTED_INIT
PyInit_faults(void)
{
    void *none[1];
    backtrace(none, 1); /* what it loads the first time, it has loaded */
    take_over_domains();
    return PyModule_Create(&definition);
}
