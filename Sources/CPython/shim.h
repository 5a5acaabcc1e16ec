// Settle the C library's feature macros before Python.h defines its own: types such as fd_set must come out as Swift's
// Glibc module has them, or a debug build refuses the two.
#include <features.h>

// The limited API of CPython 3.11: an extension built against it loads into every later version.
#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <sys/syscall.h>
#include <unistd.h>

// Swift imports neither function-like macros nor mutable globals of C; these stand in for the ones in use.

static inline PyObject *CPython_None(void) { return Py_None; }
static inline PyObject *CPython_True(void) { return Py_True; }
static inline PyObject *CPython_False(void) { return Py_False; }

static inline PyObject *CPython_ValueError(void) { return PyExc_ValueError; }
static inline PyObject *CPython_TypeError(void) { return PyExc_TypeError; }
static inline PyObject *CPython_KeyError(void) { return PyExc_KeyError; }
static inline PyObject *CPython_IndexError(void) { return PyExc_IndexError; }
static inline PyObject *CPython_OverflowError(void) { return PyExc_OverflowError; }
static inline PyObject *CPython_MemoryError(void) { return PyExc_MemoryError; }
static inline PyObject *CPython_RuntimeError(void) { return PyExc_RuntimeError; }
static inline PyObject *CPython_BufferError(void) { return PyExc_BufferError; }
static inline PyObject *CPython_OSError(void) { return PyExc_OSError; }
static inline PyObject *CPython_UserWarning(void) { return PyExc_UserWarning; }
static inline PyObject *CPython_StopAsyncIteration(void) { return PyExc_StopAsyncIteration; }
static inline PyObject *CPython_ImportError(void) { return PyExc_ImportError; }

static inline int CPython_isText(PyObject *object) { return PyUnicode_Check(object); }
static inline int CPython_isInteger(PyObject *object) { return PyLong_Check(object); }
static inline int CPython_isFloat(PyObject *object) { return PyFloat_Check(object); }
static inline int CPython_isComplex(PyObject *object) { return PyComplex_Check(object); }
static inline int CPython_isBool(PyObject *object) { return PyBool_Check(object); }
static inline int CPython_isBytes(PyObject *object) { return PyBytes_Check(object); }
static inline int CPython_isByteArray(PyObject *object) { return PyByteArray_Check(object); }
static inline int CPython_isMemoryView(PyObject *object) { return PyMemoryView_Check(object); }
static inline int CPython_isDict(PyObject *object) { return PyDict_Check(object); }
static inline int CPython_isList(PyObject *object) { return PyList_Check(object); }
static inline int CPython_isTuple(PyObject *object) { return PyTuple_Check(object); }
static inline int CPython_isSlice(PyObject *object) { return PySlice_Check(object); }

static inline PyTypeObject *CPython_tupleType(void) { return &PyTuple_Type; }

// The flags of a class that Python code can neither derive from nor change, of one that it cannot call, and of one that
// `match` takes for a mapping (Py_TPFLAGS_MAPPING, which the limited API does not name).
static inline unsigned int CPython_closedTypeFlags(void) {
  return (unsigned int)(Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE);
}
static inline unsigned int CPython_notCallableTypeFlag(void) { return (unsigned int)Py_TPFLAGS_DISALLOW_INSTANTIATION; }
static inline unsigned int CPython_mappingTypeFlag(void) { return 1u << 6; }

// The first members of numpy's ufuncs, as its ABI has them (PyUFuncObject in numpy/ufuncobject.h): the inner loops, and
// what is handed to them with operands, lengths and strides.
typedef void (*CPython_UFuncLoop)(char **operands, const Py_ssize_t *lengths, const Py_ssize_t *strides, void *data);
typedef struct {
  PyObject head;
  int nin, nout, nargs, identity;
  const CPython_UFuncLoop *functions;
  void *const *data;
  int ntypes;
} CPython_UFunc;

// Whether this is the process's first thread, in which Python runs its signal handlers.
static inline int CPython_isMainThread(void) { return syscall(SYS_gettid) == getpid(); }
