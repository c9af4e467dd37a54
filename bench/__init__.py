"""The benchmarks: what placesite costs and bears, measured on the machine at hand. `make bench`."""
