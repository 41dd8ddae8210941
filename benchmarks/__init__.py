"""What training costs, as ratios measured in one run: `make bench`."""

import kd_tutorial
