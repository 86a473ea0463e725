"""The spatial filters that a factorised VGG may be frozen with: five of 3 x 3 pixels each.

They are numbers, not computed when a network is built, so that a network is the same on any
machine; `substrate.zoo.filters` makes them again.
"""

# The leading spatial eigenvectors of the second to sixth layers of the bundled plain VGG-11, by
# `leading_filters`: a blob, the two slopes, a bar and a saddle or crossing.
SPATIAL_FILTERS = (
    ((0.1757, 0.3007, 0.1512), (0.3887, 0.6399, 0.3513), (0.1826, 0.3280, 0.1761)),
    ((-0.3189, -0.5034, -0.3580), (-0.0056, -0.0402, -0.0165), (0.3583, 0.5095, 0.3561)),
    ((-0.3175, -0.0035, 0.3094), (-0.5270, 0.0262, 0.5438), (-0.3314, 0.0210, 0.3450)),
    ((-0.4001, -0.3031, -0.3529), (0.1371, 0.5193, 0.1110), (-0.3471, -0.2433, -0.3782)),
    ((-0.4690, -0.0715, 0.5404), (0.0726, -0.0615, 0.0881), (0.5265, -0.0543, -0.4313)),
)

# The same of that network before its training (the default VGG-11 drawn with seed 0).
UNTRAINED_FILTERS = (
    ((0.3969, -0.2764, -0.1718), (-0.0433, 0.4821, -0.0591), (0.0753, 0.6913, 0.1237)),
    ((0.5407, 0.1417, 0.7335), (-0.0264, 0.0707, -0.0709), (-0.0011, -0.1862, 0.3228)),
    ((-0.1389, 0.1079, 0.3817), (0.5906, -0.1286, 0.0227), (0.4144, 0.3702, -0.3857)),
    ((-0.0889, 0.6553, -0.0108), (-0.1866, 0.6250, -0.1065), (0.0373, -0.0893, -0.3412)),
    ((0.0303, -0.1778, -0.1556), (-0.1433, 0.1152, -0.0380), (0.8785, -0.3408, 0.1419)),
)

# An orthonormal set drawn uniformly, by `random_filters(0)`.
RANDOM_FILTERS = (
    ((-0.0510, 0.5134, -0.1670), (0.3739, 0.2653, 0.1274), (0.5227, 0.2012, -0.4073)),
    ((-0.0619, -0.2983, 0.4933), (-0.2190, -0.0633, 0.6870), (0.1822, 0.1536, -0.2883)),
    ((0.2389, 0.0859, -0.1585), (0.1298, 0.2919, 0.5340), (0.1133, -0.1245, 0.7035)),
    ((0.1436, -0.5117, -0.1457), (-0.0954, 0.6928, -0.1976), (0.0240, 0.4031, -0.0715)),
    ((-0.1241, 0.0205, -0.5360), (0.0567, -0.2700, 0.3456), (-0.4553, 0.5372, -0.0735)),
)

FILTERS = {
    "universal": SPATIAL_FILTERS,
    "untrained": UNTRAINED_FILTERS,
    "random": RANDOM_FILTERS,
}
