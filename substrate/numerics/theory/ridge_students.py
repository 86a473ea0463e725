r"""Linear students with a ridge, in the limit of many dimensions: what noise leaves of agreement.

With :math:`\hat S = X^T X / n` and a ridge :math:`\rho` on the eigenvalues of :math:`X^T X`, a
student is :math:`A w` and noise, :math:`A = (\hat S + \lambda)^{-1} \hat S`,
:math:`\lambda = \rho / n`. As d and n grow at a fixed ratio the eigenvalues of :math:`\hat S`
follow Marchenko and Pastur, whose transform is known:

.. math:: m(\lambda) = \frac{1}{d} \operatorname{tr} (\hat S + \lambda)^{-1}
    = \frac{\sqrt{(1 - \gamma + \lambda)^2 + 4 \gamma \lambda} - (1 - \gamma + \lambda)}
    {2 \gamma \lambda}, \quad \gamma = d / n

With :math:`m_2 = -m'(\lambda)`, the mean of :math:`(s + \lambda)^{-2}`, the squared signal that is
kept is :math:`1 - 2 \lambda m + \lambda^2 m_2`, what is lost of it :math:`\lambda^2 m_2`, and the
squared noise :math:`\gamma (m - \lambda m_2) / \mathrm{SNR}`. Dicker, Bernoulli 2016; Hastie et
al., Ann. Stat. 2022.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from substrate.numerics.theory.linear_students import StudentSetting, TheoryError


@dataclass(frozen=True)
class RidgeLimit:
    """Shares of the squared signal: kept by both students, lost, and noise of each."""

    kept: float
    lost: float
    noise: float

    @property
    def alignment(self) -> float:
        """Return the cosine of two students."""
        return self.kept / (self.kept + self.noise)

    @property
    def error(self) -> float:
        """Return the squared error on new inputs, as a share of the signal."""
        return self.lost + self.noise


def ridge_limit(setting: StudentSetting) -> RidgeLimit:
    """Return what two students with a ridge have in common, for many dimensions."""
    if not setting.ridge:
        raise TheoryError("The limit is that of a ridge above 0; there is a closed form without.")
    gamma = setting.dimension / setting.samples
    ridge = setting.ridge / setting.samples
    middle = 1 - gamma + ridge
    root = math.sqrt(middle * middle + 4 * gamma * ridge)
    # The difference of the two would lose all digits where the ridge is small.
    m = 2 / (middle + root) if middle > 0 else (root - middle) / (2 * gamma * ridge)
    # From gamma ridge m^2 + (1 - gamma + ridge) m = 1.
    slope = -(gamma * m * m + m) / (2 * gamma * ridge * m + middle)
    m2 = -slope
    return RidgeLimit(
        kept=max(0.0, 1 - 2 * ridge * m + ridge * ridge * m2),
        lost=ridge * ridge * m2,
        noise=max(0.0, gamma * (m - ridge * m2)) / setting.snr,
    )
