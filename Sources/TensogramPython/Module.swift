import CPython
import Tensogram
