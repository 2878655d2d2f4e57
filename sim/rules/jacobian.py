"""Analytic Jacobian of the equilibrium residuals at one point, for chord and Newton steps.

Written for a single row: it costs far more than a residual, and `solve.py` needs few of them."""

from __future__ import annotations

import numpy as np

from sim.rules.trade import Balance, Shock, _numeraire, input_share, unpack
from sim.world.params import Array, Economy


def share_response(base: Economy, shock: Shock, at: Balance) -> tuple[Array, Array]:
    """How nest price and shares answer to delivered cost, one row.

    Returns
    -------
    price_by_cost : [importer, exporter, domain], d ln P / d ln C_j
    share_by_cost : [importer, exporter j, exporter k, domain], d ln lam_j / d ln C_k

    On impact these are lam and -theta_s (1 - lam). Adapted, v* moves too: with z the shares of home and
    all foreign in s, and q those among foreign suppliers,
    d ln v_home = -g (dc_home - z dc),  d ln v_j = g z_home/(1-z_home) (dc_home - z dc) - g (dc_j - q dc)."""
    lam = at.share
    n = lam.shape[0]
    eye = np.eye(n)[None, :, :, None]
    theta = base.theta_short
    if not shock.adapted:
        return lam, -theta * (eye - lam[:, None, :, :])
    home = np.broadcast_to(base.home, lam.shape)
    v = at.composition
    v_home = np.where(home, v, 0.0).sum(axis=1)  # = z_home [importer, domain]
    foreign = np.where(home, 0.0, v)
    rest = foreign.sum(axis=1)
    among = np.where(rest[:, None] > 0, foreign / np.where(rest > 0, rest, 1.0)[:, None], 0.0)  # q
    wanted = np.where(home, 0.0, shock.weight * _pull(base, shock, at))
    total = wanted.sum(axis=1)
    z = np.where(total[:, None] > 0, wanted / np.where(total > 0, total, 1.0)[:, None], 0.0)
    z = np.where(home, v_home[:, None], (1 - v_home)[:, None] * z)
    e_home = home[:, None, :, :]
    move_home = -base.gap * (e_home - z[:, None, :, :])  # d ln v_home by k
    odds = np.where(rest > 0, v_home / np.where(rest > 0, rest, 1.0), 0.0)[:, None, None, :]
    move_foreign = -odds * move_home - base.gap * (eye - among[:, None, :, :])
    move = np.where(home[:, :, None, :], move_home, move_foreign)
    spread = lam * 0.0
    alpha = base.alpha
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(shock.weight > 0, v / np.where(shock.weight > 0, shock.weight, 1.0), 0.0)
    spread = shock.weight * ratio**alpha
    sigma = spread / spread.sum(axis=1, keepdims=True)
    price = lam + np.einsum("ijd,ijkd->ikd", (sigma - lam) / theta, move)
    sales = move - theta * eye
    return price, sales - np.einsum("ijd,ijkd->ikd", lam, sales)[:, None, :, :]


def _pull(base: Economy, shock: Shock, at: Balance) -> Array:
    return np.exp(-base.gap * (at.log_cost[None, :, :] + shock.log_wedge))


def jacobian(base: Economy, shock: Shock, x: Array, at: Balance) -> Array:
    """d residual / d x [unknown, unknown] for one row; rows and columns as in `trade.balance`."""
    n, d = at.output.shape
    sigma = base.input_elasticity
    price_by_cost, share_by_cost = share_response(base, shock, at)
    labour_in, input_in = (
        at.value_share,
        input_share(base, unpack(base, x)[1], at.log_cost),
    )  # d ln c: by lw [j,d], by lp [j,e,d]
    nest = n * d
    w, p, e = slice(0, n), slice(n, n + nest), slice(n + nest, n + 2 * nest)
    out = np.zeros((n + 2 * nest, n + 2 * nest))

    # nest prices: lp_id - sum_j phi_ijd dlnc_jd
    by_cost_w = price_by_cost * labour_in  # [i, j, d]
    out[p, w] = -by_cost_w.transpose(0, 2, 1).reshape(nest, n)
    by_cost_p = np.einsum("ijd,jed->idje", price_by_cost, input_in)
    out[p, p] = np.eye(nest) - by_cost_p.reshape(nest, nest)

    # sales and customs revenue: dY = sales_c dlnc + sales_e dle
    duty = at.flow * (1 / shock.kept - 1)
    sales_c = np.einsum("ijd,ijkd->jkd", at.flow, share_by_cost)  # [seller, cost of k, d]
    duty_c = np.einsum("ijd,ijkd->ikd", duty, share_by_cost)  # [importer, cost of k, d]
    cost_w, cost_p = labour_in, input_in
    y_w = sales_c.transpose(0, 2, 1) * cost_w.T[None]  # [j, d, k]
    y_p = np.einsum("jkd,ked->jdke", sales_c, cost_p)  # [j, d, k, e]
    y_e = at.flow.transpose(1, 2, 0)  # [j, d, i]: only the same domain of importer i
    duty_w = np.einsum("ikd,kd->ik", duty_c, cost_w)
    duty_p = np.einsum("ikd,ked->ike", duty_c, cost_p)
    duty_e = duty.sum(axis=1)  # [i, d]
    earned = np.exp(x[:n]) * base.labour

    # labour market: lw - d ln sum va' Y
    pull = labour_in / at.labour[:, None]  # [j, d], weight of dY
    own = at.output * pull * (1 - sigma)  # weight of dlw - dlnc_jd
    out[w, w] = np.eye(n) * (1 - own.sum(axis=1) + (own * cost_w).sum(axis=1))[:, None]
    out[w, w] -= np.einsum("jd,jdk->jk", pull, y_w)
    wp = -np.einsum("jd,jdke->jke", pull, y_p)
    index = np.arange(n)
    wp[index, index] += np.einsum("jd,jed->je", own, cost_p)
    out[w, p] = wp.reshape(n, nest)
    out[w, e] = -(pull[:, :, None] * y_e).transpose(0, 2, 1).reshape(n, nest)
    k = _numeraire(base)
    out[k] = 0.0
    out[k, :n] = earned

    # expenditure: le - d ln needed, needed_ie = sum_d g'_ied Y_id + a'_ie I_i
    inverse = 1 / at.needed  # [i, e]
    take = input_in * inverse[:, :, None]  # [i, e, d], weight of dY_id
    swap = take * at.output[:, None, :] * (1 - sigma)  # weight of dlp_ie - dlnc_id
    buy = at.final * inverse  # [i, e], weight of dI_i
    shift = at.final * at.income[:, None] * inverse * (1 - base.final_elasticity)
    ew = -np.einsum("ied,idk->iek", take, y_w) - buy[:, :, None] * duty_w[:, None, :]
    ew[index, :, index] += (swap * cost_w[:, None, :]).sum(axis=2) - buy * earned[:, None]
    out[e, w] = ew.reshape(nest, n)
    ep = -np.einsum("ied,idkf->iekf", take, y_p, optimize=True) - buy[:, :, None, None] * duty_p[:, None]
    own_price = np.einsum("ied,ifd->ief", swap, cost_p) + shift[:, :, None] * at.final[:, None, :]
    own_price -= np.einsum("ie,ef->ief", swap.sum(axis=2) + shift, np.eye(d))
    ep[index, :, index] += own_price
    out[e, p] = ep.reshape(nest, nest)
    ee = -np.einsum("ied,idm->iemd", take, y_e)  # [i, e, importer m, d]
    ee[index, :, index] -= buy[:, :, None] * duty_e[:, None, :]
    out[e, e] = np.eye(nest) + ee.reshape(nest, nest)
    return out
