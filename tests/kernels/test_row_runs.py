"""Images cut into runs of rows."""

import pytest

from dnnf_mlir.kernels.separable.schedule import RowRuns


@pytest.mark.parametrize("images", [1, 3])
@pytest.mark.parametrize("rows", [1, 7, 19, 38, 112])
@pytest.mark.parametrize("width", [1, 7, 56, 400])
@pytest.mark.parametrize("position_bytes", [16, 512, 8192])
def test_runs_cover_the_image_and_fit(images: int, rows: int, width: int, position_bytes: int) -> None:
    cache = 256 << 10
    found = RowRuns.choose(images, rows, width, position_bytes, cache)
    assert found.runs * found.rows >= rows and (found.runs - 1) * found.rows < rows
    assert found.rows == 1 or found.positions * position_bytes <= cache // 8
    assert found.rows == 1 or images * found.runs >= 8


def test_short_rows_share_the_weights() -> None:
    """Rows of many positions are runs by themselves."""
    wide, narrow = (RowRuns.choose(1, extent, extent, 64, 1 << 20) for extent in (112, 28))
    assert wide.rows == 1
    assert narrow.rows > 1


def test_little_is_computed_twice() -> None:
    """Two rows divide 38, three do not."""
    assert RowRuns.choose(1, 38, 38, 1024, 1 << 20).rows == 2
