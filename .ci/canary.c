/* A bug of each kind that the sanitizers are there to find: .ci/sanitize first sees to it that
   they find these, because a sanitizer that is not at work finds nothing either. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <limits.h>
#include <pthread.h>
#include <stdlib.h>

static volatile int seen;

#if defined(USE_AFTER_FREE)

static void
sing(void)
{
    char *text = calloc(1, 10);
    free(text);
    seen = ((volatile char *)text)[3];
}

#elif defined(OVERFLOW)

static void
sing(void)
{
    volatile int largest = INT_MAX;
    seen = largest + 1;
}

#else /* a race */

static int shared;

static void *
count(void *Py_UNUSED(ignored))
{
    for (int i = 0; i < 100000; i++) {
        shared++;
    }
    return NULL;
}

static void
sing(void)
{
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        pthread_create(&threads[i], NULL, count, NULL);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    seen = shared;
}

#endif

static struct PyModuleDef canary_def = {PyModuleDef_HEAD_INIT, .m_name = "canary"};

__attribute__((visibility("default"))) PyMODINIT_FUNC
PyInit_canary(void)
{
    sing();
    return PyModule_Create(&canary_def);
}
