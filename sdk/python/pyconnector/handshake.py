"""How host and program connect: one line on stdout, and a certificate that is valid as long as the
program runs."""

from __future__ import annotations

import base64
import datetime
import os
import tempfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import grpc

PROTOCOL = 1
COOKIE = ("PLUMBLINE_CONNECTOR", "5f1c0a9b7e3d42688c47d0b1f6e9a35270bd41c8e2f75a963b0c8d14e79f6a21")
_LONGEST_PATH = 100  # of a Unix socket, on every system


def started_by_host() -> bool:
    """Reports whether a host started the program. The cookie is not secret."""
    return os.environ.get(COOKIE[0]) == COOKIE[1]


def speaks() -> bool:
    """Reports whether the host uses this protocol. A host that does not say counts as one that
    does."""
    offered = os.environ.get("PLUGIN_PROTOCOL_VERSIONS", "")
    return not offered or str(PROTOCOL) in offered.split(",")


def socket_path() -> str:
    """Returns the path of the socket."""
    directory = os.environ.get("PLUGIN_UNIX_SOCKET_DIR") or tempfile.gettempdir()
    path = os.path.join(directory, f"plugin{os.getpid()}")
    if len(os.fsencode(path)) > _LONGEST_PATH:
        raise ValueError(f"the directory {directory} is too long for a socket: set TMPDIR to a shorter one")
    return path


def credentials() -> tuple[grpc.ServerCredentials | None, str]:
    """Returns the server's credentials and the certificate for the handshake line, or None and
    nothing when the host gave no certificate."""
    host = os.environ.get("PLUGIN_CLIENT_CERT", "")
    if not host:
        return None, ""
    import grpc  # here: it takes longer than all else, and "describe" needs none

    key, pem, der = _certificate()
    proof = grpc.ssl_server_credentials([(key, pem)], root_certificates=host.encode(), require_client_auth=True)
    return proof, base64.b64encode(der).decode().rstrip("=")


def line(path: str, certificate: str) -> str:
    """Returns the handshake line."""
    return f"1|{PROTOCOL}|unix|{path}|grpc|{certificate}\n"


def _certificate() -> tuple[bytes, bytes, bytes]:
    # Imported here: it takes a while, and "describe" needs none.
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.utcnow()
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5)).not_valid_after(now + datetime.timedelta(days=3650))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256()))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return private, certificate.public_bytes(serialization.Encoding.PEM), certificate.public_bytes(serialization.Encoding.DER)
