"""The layers of ``model.network.Ctpn`` in PyTorch, parameter for parameter.

Names follow MindSpore (``norm.gamma``, ``norm.moving_mean``), so that a state dictionary is a set
of arrays for either. Shape letters as in ``model.network``.
"""

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional

from model.config import NetworkSettings
from model.parameters import CONVOLUTIONS, EPSILON

KEPT = 0.9
"""Share of the moving statistics that one step keeps, as in MindSpore."""


class Norm(nn.Module):
    """Batch norm's parameters under MindSpore's names."""

    moving_mean: torch.Tensor
    moving_variance: torch.Tensor

    def __init__(self, channels: int, trained: bool) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(channels), requires_grad=trained)
        self.beta = nn.Parameter(torch.zeros(channels), requires_grad=trained)
        self.register_buffer("moving_mean", torch.zeros(channels))
        self.register_buffer("moving_variance", torch.ones(channels))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return functional.batch_norm(
            x, self.moving_mean, self.moving_variance, self.gamma, self.beta,
            training=True, momentum=1 - KEPT, eps=EPSILON,
        )  # fmt: skip


class ConvNorm(nn.Module):
    """Convolution, norm, ReLU; the norm is folded unless the batch's statistics are used."""

    def __init__(self, channels_in: int, channels_out: int, batch_statistics: bool) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(channels_in, channels_out, 3, padding=1, bias=False)
        self.norm = Norm(channels_out, batch_statistics)
        self.batch_statistics = batch_statistics

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.batch_statistics and self.training:
            return functional.relu(self.norm(self.convolution(x)))
        scale = self.norm.gamma * torch.rsqrt(self.norm.moving_variance + EPSILON)
        weight = self.convolution.weight * scale.reshape(-1, 1, 1, 1)
        bias = self.norm.beta - self.norm.moving_mean * scale
        return functional.relu(functional.conv2d(x, weight, bias, padding=1))


class Backbone(nn.Module):
    """(B, 3, H, W) -> (B, channels[4], H / 16, W / 16)."""

    def __init__(self, channels: Sequence[int], frozen_blocks: int, batch_statistics: bool) -> None:
        super().__init__()
        width = 3
        for number, (count, wanted) in enumerate(zip(CONVOLUTIONS, channels, strict=True), 1):
            block = nn.Sequential()
            for layer in range(1, count + 1):
                statistics = batch_statistics and number > frozen_blocks
                block.add_module(f"conv{number}_{layer}", ConvNorm(width, wanted, statistics))
                width = wanted
            if number <= frozen_blocks:
                block.requires_grad_(False)
            self.add_module(f"block{number}", block)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for number, block in enumerate(self.children(), 1):
            x = block(x)
            if number < len(CONVOLUTIONS):
                x = functional.max_pool2d(x, 2)
        return x


class Rows(nn.Module):
    """(N, T, C) -> (N, T, 2H), in float32."""

    def __init__(self, features: int, units: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(features, units, batch_first=True, bidirectional=True)

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        with torch.autocast(rows.device.type, enabled=False):
            return self.lstm(rows.float())[0]


class Ctpn(nn.Module):
    """(B, H, W, 3) uint8 or float32 RGB -> scores, vertical, side as ``model.network``."""

    mean: torch.Tensor
    deviation: torch.Tensor

    def __init__(self, settings: NetworkSettings, frozen_blocks: int = 0) -> None:
        super().__init__()
        self.k = len(settings.anchor_heights)
        statistics = settings.batch_norm == "batch"
        self.backbone = Backbone(settings.channels, frozen_blocks, statistics)
        width, hidden = settings.window_channels, settings.dense_units
        self.window = nn.Conv2d(settings.channels[-1], width, 3, padding=1)
        self.rows = Rows(width, settings.rnn_units)
        self.dense = nn.Linear(2 * settings.rnn_units, hidden)
        self.scores = nn.Linear(hidden, 2 * self.k)
        self.vertical = nn.Linear(hidden, 2 * self.k)
        self.side = nn.Linear(hidden, self.k)
        for name in ("mean", "deviation"):
            value = torch.tensor(getattr(settings, name)).reshape(1, 3, 1, 1)
            self.register_buffer(name, value, persistent=False)

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        pixels = (images.permute(0, 3, 1, 2).float() - self.mean) / self.deviation
        pixels = pixels.contiguous(memory_format=torch.channels_last)
        features = self.window(self.backbone(pixels))
        count, channels, rows, columns = features.shape
        sequences = features.permute(0, 2, 3, 1).reshape(count * rows, columns, channels)
        hidden = functional.relu(self.dense(self.rows(sequences)))
        grid = (count, rows, columns, self.k)
        scores, vertical = self.scores(hidden).float(), self.vertical(hidden).float()
        side = self.side(hidden).float().reshape(grid)
        return scores.reshape((*grid, 2)), vertical.reshape((*grid, 2)), side
