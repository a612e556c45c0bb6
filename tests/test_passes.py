"""alpha belongs to the call: threads, tasks, nested passes, generators."""

import asyncio
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch import Tensor, nn

from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from tests.tiny import Times, Twice

X = torch.tensor([[1.0], [-2.0], [0.5]])


class Slow(Twice):
    """Lets others run between its children."""

    def forward(self, x: Tensor) -> Tensor:
        x = self.a(x)
        time.sleep(random.random() * 1e-3)
        return self.b(x)

    async def later(self, x: Tensor) -> Tensor:
        x = self.a(x)
        await asyncio.sleep(random.random() * 1e-3)
        return self.b(x)


def slow() -> DynamicNet:
    """y = 6 x (1 + 5 alpha) (1 + 7 alpha)"""
    return DynamicNet(Slow(), {"a": Times(5.0), "b": Times(7.0)})


def expected(alpha: float | Tensor) -> Tensor:
    return 6 * X * (1 + 5 * alpha) * (1 + 7 * alpha)


@pytest.mark.parametrize("way", ["call", "at"])
def test_threads_on_one_network_each_have_their_alpha(way: str) -> None:
    """8 threads, 400 calls."""
    net, wrong = slow(), []

    def work(seed: int) -> None:
        draw = random.Random(seed)
        for _ in range(50):
            alpha = draw.choice([0.0, draw.uniform(-2, 2), torch.rand(3, 1)[:, 0]])
            spread = alpha.view(3, 1) if isinstance(alpha, Tensor) else alpha
            if way == "call":
                y = net(X, alpha=alpha)
            else:
                with net.at(alpha):
                    y = net.main(X)
            if not torch.allclose(y, expected(spread), rtol=1e-4, atol=1e-4):
                wrong.append(alpha)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_tasks_on_one_network_each_have_their_alpha() -> None:
    net = slow()

    async def work(alpha: float) -> bool:
        right = True
        with net.at(alpha):
            for _ in range(10):
                y = await net.main.later(X)
                right &= torch.allclose(y, expected(alpha), rtol=1e-4, atol=1e-4)
                y = await asyncio.to_thread(net.main, X)  # takes the context along
                right &= torch.allclose(y, expected(alpha), rtol=1e-4, atol=1e-4)
        return right

    async def everyone() -> list[bool]:
        return await asyncio.gather(*(work(0.3 * index) for index in range(8)))

    assert all(asyncio.run(everyone()))


def test_a_pool_does_not_know_of_the_pass_and_that_is_said() -> None:
    net = slow()
    with ThreadPoolExecutor(1) as pool:
        with pytest.raises(DynnetError, match=r"did not run.*in another thread"), net.at(0.5):
            assert torch.equal(pool.submit(net.main, X).result(), expected(0.0))
        assert torch.equal(pool.submit(lambda: net(X, alpha=0.5)).result(), expected(0.5))


def test_at_holds_for_all_that_is_called_inside() -> None:
    net = slow()
    with net.at(0.5) as ran:
        assert torch.equal(net.main.b(net.main.a(X)), expected(0.5))
        assert torch.equal(net(X), expected(0.5))
        assert ran == {"a": 2, "b": 2}
        assert torch.equal(net(X, alpha=-1.0), expected(-1.0))
        with net.at(2.0):
            assert torch.equal(net.main(X), expected(2.0))
        assert torch.equal(net.main(X), expected(0.5)) and ran == {"a": 3, "b": 3}
        assert torch.equal(net(X, alpha=0.0), expected(0.0))
    assert torch.equal(net.main(X), expected(0.0)) and torch.equal(net(X), expected(1.0))


def test_at_zero_the_network_is_the_main_network() -> None:
    net = slow()
    with net.at(0.0) as ran:
        assert torch.equal(net.main(X), expected(0.0))
    with net.at({"a": 0.0, "b": torch.zeros(())}):
        assert torch.equal(net.main(X), expected(0.0))
    assert ran == {}
    with net.at(0.0):  # and nothing has to run
        pass


def test_how_often_blocks_ran() -> None:
    class Loop(Twice):
        def forward(self, x: Tensor) -> Tensor:
            return self.b(self.a(self.a(self.a(x))))

    net = DynamicNet(Loop(), {"a": Times(5.0), "b": Times(7.0)})
    with net.at({"a": 0.5}) as ran:
        net.main(X)
    assert ran == {"a": 3}


def test_a_pass_in_a_generator_that_is_finished_elsewhere() -> None:
    net = slow()

    def walk(alpha: float):
        with net.at(alpha):
            yield net.main(X)

    steps = walk(0.5)
    assert torch.equal(next(steps), expected(0.5))
    with ThreadPoolExecutor(1) as pool:
        pool.submit(list, steps).result()


def test_an_error_ends_the_pass_in_its_thread() -> None:
    net = slow()
    with pytest.raises(RuntimeError), net.at(0.5):
        net.main(X)
        raise RuntimeError
    assert torch.equal(net.main(X), expected(0.0))


def test_a_pass_begun_in_a_backward_pass() -> None:
    net = slow()

    class Backward(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x: Tensor) -> Tensor:
            return x.clone()

        @staticmethod
        def backward(ctx, g: Tensor) -> Tensor:
            return net(X, alpha=0.5) + net.main(X)

    x = X.clone().requires_grad_()
    with net.at(3.0):
        Backward.apply(x).sum().backward()
        net.main(X)
    assert torch.equal(x.grad, expected(0.5) + expected(0.0))


def test_an_lstm_carries_blocks_around_it() -> None:
    class Main(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lstm = nn.LSTM(3, 4)
            self.out = nn.Linear(4, 3)

        def forward(self, x: Tensor) -> Tensor:
            return self.out(self.lstm(x)[0])

    main, x = Main(), torch.rand(5, 2, 3)
    net = DynamicNet(main, {"lstm": Times(5.0), "out": Times(7.0)})
    torch.testing.assert_close(net(x, alpha=0.5), main.out(4.5 * main.lstm(3.5 * x)[0]))
