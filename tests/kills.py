"""Runs that are killed on the way: not by an error, which somebody might catch."""

from torch import Tensor

from tests.tiny import Noise


class Killed(BaseException):
    pass


class DeadlyNoise(Noise):
    """Noise that kills whoever asks for its batch of step `at`."""

    def __init__(self, at: int, batch: int = 2, size: int = 8):
        super().__init__(batch, size)
        self.at = at

    def batch_at(self, step: int) -> Tensor:
        if step == self.at:
            raise Killed
        return super().batch_at(step)
