"""What the end-to-end tests run the mesh with: programs, network namespaces, echo servers, a raw client."""
