// Settle the C library's feature macros before Python.h defines its own: types such as fd_set must come out as Swift's
// Glibc module has them, or a debug build refuses the two.
#include <features.h>

// The limited API of CPython 3.11: an extension built against it loads into every later version.
#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
