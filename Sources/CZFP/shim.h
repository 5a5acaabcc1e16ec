#include <zfp.h>
