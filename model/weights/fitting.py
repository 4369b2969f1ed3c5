"""Imported weights in a network of their config's shape, ready to be saved."""

from pathlib import Path

import mindspore as ms
from mindspore import nn

from model.backbone import Vgg16
from model.checkpoints import assign
from model.network import Ctpn
from model.weights.importing import Imported


class _Holder(nn.Cell):
    """A backbone under the name that it has in ``Ctpn``."""

    def __init__(self, backbone: Vgg16) -> None:
        super().__init__()
        self.backbone = backbone


def fitted(imported: Imported, source: Path) -> nn.Cell:
    """A cell that holds just the imported parameters. Raises UserError that names those that do not
    fit the preset."""
    network = imported.config.network
    cell = Ctpn(network) if imported.whole else _Holder(Vgg16(network.channels))
    values = {name: ms.Tensor(value) for name, value in imported.parameters.items()}
    assign(cell.get_parameters(), values, str(source))
    return cell
