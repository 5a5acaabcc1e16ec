#include <blosc2.h>
