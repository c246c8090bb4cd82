"""An independent ADS client (grpcio, xds-protos) against martletd."""
