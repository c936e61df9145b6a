"""The emulated aarch64 machine: how it is made, started and spoken to.

recipe   what goes in: kernels, packages, the sysroot's packages
debian   packages through apt's own configuration, kept apart from the host's state
cache    the folder all is kept in, keyed by a hash of what it was made from
kernels, image, sysroot   the three things that are made
machine  QEMU's command line and the process
streams  stdin, stdout, stderr and the exit status over virtio-serial ports
cli      what scripts/vm understands
guest/   the C program that is the guest's first process
"""
