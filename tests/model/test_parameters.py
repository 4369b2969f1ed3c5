"""Names and shapes of parameters, against the network itself."""

import pytest

from manifests.errors import UserError
from model.config import load_config
from model.parameters import parameter_shapes, require_fit
from tests.model.plain_preset import PLAIN


@pytest.mark.usefixtures("mindspore")
def test_parameters_are_those_of_the_network() -> None:
    from model.network import Ctpn

    changes = ["channels=[2,3,4,5,6]", "rnn_units=3", "window_channels=7", "dense_units=5"]
    network = load_config(PLAIN, [f"network.{change}" for change in changes]).network
    wanted = {p.name: tuple(p.shape) for p in Ctpn(network).get_parameters()}
    assert parameter_shapes(network) == wanted


def test_what_does_not_fit_is_named() -> None:
    wanted = {"a": (1,), "b": (2, 3), "c": (4,)}
    require_fit(wanted, dict(wanted), "x.ckpt")
    with pytest.raises(UserError, match=r"x.ckpt does not fit .*: a is missing; d is not of this"):
        require_fit(wanted, {"b": (2, 3), "c": (4,), "d": (1,)}, "x.ckpt")
    with pytest.raises(UserError, match=r"b is \(3, 2\), not \(2, 3\)\. Use"):
        require_fit(wanted, {**wanted, "b": (3, 2)}, "x.ckpt")
