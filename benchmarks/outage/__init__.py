"""A sink that fails, beside a service that goes on."""
