"""`python -m infra.docker.healthy PORT`: a container's health check; exit code 0 when the service here is ready."""

from __future__ import annotations

import http.client
import sys


def healthy(port: int) -> bool:
    """Tell whether the service on this container's port says that it is ready."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=4)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(0 if healthy(int(sys.argv[1])) else 1)
