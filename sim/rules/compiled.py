"""What the kernel computes with: exp and log that a processor can take several of at once, norms and inner products.

numba calls the C library's exp and log one number at a time, which took half of the kernel; these are plain
arithmetic, so that loops over them become vector code. Both are within units of the last place of numpy's. Where they
do not hold (|x| > 700, x <= 0) they give no number: the row then stops and is left to `solve.py`'s Newton, as after an
overflow."""

from __future__ import annotations

import numpy as np
from numba import njit

# error_model: division by zero gives inf, as in numpy
compiled = njit(cache=True, nogil=True, fastmath=False, error_model="numpy")

LN2_HIGH, LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10  # their sum is ln 2
PER_LN2 = 1.4426950408889634
LARGEST_EXPONENT = 700.0
SMALLEST_NORMAL = 1e-300


@compiled
def exp(x):
    """e**x = 2**k e**r with |r| <= ln(2)/2; Taylor's series of r, whose next term is below 1e-18."""
    k = np.rint(x * PER_LN2)
    r = (x - k * LN2_HIGH) - k * LN2_LOW
    p = 1 / 6227020800 * r + 1 / 479001600
    p = p * r + 1 / 39916800
    p = p * r + 1 / 3628800
    p = p * r + 1 / 362880
    p = p * r + 1 / 40320
    p = p * r + 1 / 5040
    p = p * r + 1 / 720
    p = p * r + 1 / 120
    p = p * r + 1 / 24
    p = p * r + 1 / 6
    p = p * r + 1 / 2
    p = p * r * r + r + 1
    inside = abs(x) < LARGEST_EXPONENT
    power = np.int64((np.int64(k if inside else 0.0) + 1023) << 52).view(np.float64)
    return p * power if inside else np.nan


@compiled
def log(x):
    """ln x = k ln 2 + ln(1+f) with 1+f between sqrt(1/2) and sqrt(2).

    Source: the polynomial of FreeBSD's msun, e_log.c (Sun Microsystems 1993)."""
    bits = np.float64(x).view(np.int64) + 0x95F6400000000  # carries into the exponent where the rest is above sqrt(2)
    k = np.float64((bits >> 52) - 1023)
    f = np.int64((bits & 0xFFFFFFFFFFFFF) + 0x3FE6A09C00000000).view(np.float64) - 1
    s = f / (2 + f)
    z = s * s
    w = z * z
    odd = z * (
        0.6666666666666735130 + w * (0.2857142874366239149 + w * (0.1818357216161805012 + w * 0.1479819860511658591))
    )
    even = w * (0.3999999999940941908 + w * (0.2222219843214978396 + w * 0.1531383769920937332))
    half = 0.5 * f * f
    value = k * LN2_HIGH - ((half - (s * (half + odd + even) + k * LN2_LOW)) - f)
    return value if x > SMALLEST_NORMAL and x < np.inf else np.nan


@compiled
def exp_of(value, factor, out):
    """out = exp(factor value), value and out [...] of one length."""
    for k in range(len(value)):
        out[k] = exp(factor * value[k])


@compiled
def powers(log_value, exponent, out):
    """out [region, domain] = exp(-exponent [domain] log_value)."""
    n, d = out.shape
    for j in range(n):
        for k in range(d):
            out[j, k] = exp(-exponent[k] * log_value[j, k])


@compiled
def largest(value):
    """Largest absolute value; no number when one of them is none."""
    out, none = 0.0, 0
    for one in value:
        none += one != one
        out = max(out, abs(one))
    return np.nan if none else out


@compiled
def along(a, b):
    """Inner product, in four sums that the processor can take at once."""
    s0, s1, s2, s3 = 0.0, 0.0, 0.0, 0.0
    whole = len(a) // 4 * 4
    for k in range(0, whole, 4):
        s0, s1 = s0 + a[k] * b[k], s1 + a[k + 1] * b[k + 1]
        s2, s3 = s2 + a[k + 2] * b[k + 2], s3 + a[k + 3] * b[k + 3]
    for k in range(whole, len(a)):
        s0 += a[k] * b[k]
    return (s0 + s1) + (s2 + s3)
