import ssl
from pathlib import Path

import pytest
import trustme

from sluiceway.engines.tls import client_context, describe_tls_failure
from sluiceway.errors import SettingsError


def test_names_and_certificates_are_verified() -> None:
    context = client_context()
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED


def test_a_ca_file_replaces_the_system_s_authorities(tmp_path: Path) -> None:
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    assert len(client_context(str(tmp_path / "ca.pem")).get_ca_certs()) == 1


@pytest.mark.parametrize("text", [None, "no certificate"])
def test_a_ca_file_that_cannot_be_read_is_refused(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "ca.pem").write_text(text)
    with pytest.raises(SettingsError, match="ca_file"):
        client_context(str(tmp_path / "ca.pem"))


def test_a_failed_handshake_is_described_in_a_few_words() -> None:
    untrusted = ssl.SSLCertVerificationError()
    untrusted.verify_message = "unable to get local issuer certificate"
    assert describe_tls_failure(untrusted).endswith("unable to get local issuer certificate")
    assert describe_tls_failure(ssl.SSLError()) == "TLS failed: the handshake was cut"
