"""Printed digits, distorted: as many 28x28 images as wanted, no download.

Each digit of each font that Matplotlib brings along is drawn once, large.
An image is one of these drawings, seen through a random affine map (turn,
size, shear, place) and a random elastic one (Simard et al. 2003, section 2),
with random contrast and noise on top. All images of a block are warped
together, by one bilinear look-up in NumPy.

Images come in blocks of 100, and each block has its own random generator,
made from seed, level and the number of the block. So image i is the same
however many are drawn, and every run of ten images that starts at a multiple
of ten... holds what `labels` says.
"""
