// The limited API of CPython 3.11: an extension built against it loads into every later version.
#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
