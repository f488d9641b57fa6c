"""Groups of pictures: what must be decoded for which frames, and the decoders that it is fed to."""
