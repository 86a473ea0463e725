"""Ensembles of encoders: laws of the shared space, and worlds where it helps or cannot."""

import numpy as np
import pytest
from scipy.stats import ortho_group

from substrate.numerics.maps.ensemble import (
    ALONE,
    APART,
    AVERAGED,
    CONCATENATED,
    ENSEMBLES,
    OWN_LABELS,
    PARTS,
    SHARED,
    SHUFFLED,
    TOGETHER,
    ensemble_rights,
    rotated_roles,
)

N, GROUPS, CLASSES, MEMBERS, LATENTS = 180, 60, 3, 5, 4


def labelled(rng):
    """Photographs of three images, each of one class."""
    groups = np.repeat(np.arange(GROUPS), N // GROUPS)
    return np.repeat(rng.permutation(np.arange(GROUPS) % CLASSES), N // GROUPS), groups


def planted(seed, noise, signal=1.0):
    """Members that see one latent space, turned for each, with noise of their own."""
    rng = np.random.default_rng(seed)
    codes, groups = labelled(rng)
    latent = rng.normal(size=(N, LATENTS)) * (0.4, 0.4, 0.4, 2.0)  # the last tells nothing
    latent[:, :CLASSES] += 1.5 * signal * np.eye(CLASSES)[codes]
    blocks = [
        latent @ ortho_group.rvs(12, random_state=rng)[:LATENTS] + noise * rng.normal(size=(N, 12))
        for _ in range(MEMBERS)
    ]
    return blocks, codes, groups


def accuracy(rights):
    return float(rights[-1].mean())


def test_no_group_has_two_roles_and_every_row_is_tested_once():
    rng = np.random.default_rng(0)
    codes, groups = labelled(rng)
    every = rotated_roles(codes, groups, seed=3)
    assert len(every) == PARTS
    for roles in every:
        parts = [set(groups[rows]) for rows in (roles.unlabelled, roles.labelled, roles.tested)]
        assert set.intersection(parts[0], parts[1] | parts[2]) == set() == parts[1] & parts[2]
        assert sum(map(len, parts)) == GROUPS
        for rows in (roles.unlabelled, roles.labelled, roles.tested):
            assert set(codes[rows]) == set(range(CLASSES))
    assert sorted(np.concatenate([r.tested for r in every])) == list(range(N))


def test_turned_copies_of_one_encoder_decide_as_it_does_alone():
    blocks, codes, groups = planted(0, noise=0.5)
    z = (blocks[0] - blocks[0].mean(axis=0)) / blocks[0].std(axis=0)
    copies = [z[:, np.random.default_rng(i).permutation(12)] for i in range(3)]
    found = ensemble_rights(copies, codes, groups, (4, 8), seed=0, ensembles=TOGETHER)
    for member in found.alone[1:]:
        np.testing.assert_array_equal(member, found.alone[0])
    for name in (SHARED, AVERAGED):
        np.testing.assert_allclose(found.ensembles[name], found.alone[0], atol=1e-12)
    np.testing.assert_allclose(found.ensembles[CONCATENATED], found.alone[0], atol=1e-12)


def test_scales_shifts_and_the_order_of_members_change_nothing():
    blocks, codes, groups = planted(1, noise=1.0)
    found = ensemble_rights(blocks, codes, groups, (4,), seed=0, ensembles=TOGETHER)
    moved = [7.0 * x - 3.0 for x in blocks[::-1]]
    again = ensemble_rights(moved, codes, groups, (4,), seed=0, ensembles=TOGETHER)
    for name in TOGETHER:
        np.testing.assert_allclose(again.ensembles[name], found.ensembles[name])
    np.testing.assert_allclose(again.named[ALONE], found.named[ALONE])


def test_labels_of_tested_and_unlabelled_images_take_no_part(monkeypatch):
    blocks, codes, groups = planted(2, noise=1.0)
    from substrate.numerics.maps import ensemble

    roles = rotated_roles(codes, groups, seed=0)[0]
    monkeypatch.setattr(ensemble, "rotated_roles", lambda *_, **__: (roles,) * PARTS)
    right = ensemble_rights(blocks, codes, groups, (4,), seed=0)
    other = codes.copy()
    for rows in (roles.tested, roles.unlabelled):
        other[rows] = (codes[rows] + 1) % CLASSES  # a wrong decision becomes right, or stays wrong
    wrong = ensemble_rights(blocks, other, groups, (4,), seed=0)
    for name in TOGETHER:
        both = right.ensembles[name][0, roles.tested] + wrong.ensembles[name][0, roles.tested]
        assert both.max() <= PARTS  # of one decision, at most one of two labels is the true one
        assert not wrong.ensembles[name][0, roles.labelled].any()
    assert right.ensembles[SHARED].sum() > wrong.ensembles[SHARED].sum()


def test_noise_of_ones_own_averages_out_in_the_shared_space():
    for seed in range(2):
        found = ensemble_rights(*planted(seed, noise=0.7), (4,), seed=seed)
        named = {name: accuracy(rights) for name, rights in found.named.items()}
        assert named[SHARED] > 0.9
        assert named[SHARED] > 0.08 + max(accuracy(member) for member in found.alone)
        assert named[SHARED] == pytest.approx(named[CONCATENATED], abs=0.04)
        assert named[SHUFFLED] < named[ALONE]  # a mean of what does not belong together
        assert named[APART] > 0.12 + named[OWN_LABELS]
        assert named[APART] < named[SHARED]


def test_without_anything_to_tell_everything_guesses():
    rights = [
        ensemble_rights(*planted(seed, noise=1.0, signal=0.0), (4,), seed=seed) for seed in range(2)
    ]
    for name in (ALONE, *ENSEMBLES):
        mean = np.mean([accuracy(found.named[name]) for found in rights])
        assert mean == pytest.approx(1 / CLASSES, abs=0.08), name


def test_a_side_without_labels_guesses():
    blocks, codes, groups = planted(4, noise=0.2)
    few = groups < 9  # three photographs for each part, and five members
    found = ensemble_rights(
        [x[few] for x in blocks], codes[few] % 2, groups[few], (2,), seed=0, ensembles=(OWN_LABELS,)
    )
    share = found.ensembles[OWN_LABELS][0] * MEMBERS * 2  # votes of 1 and of 1/2
    assert (share >= 2).all()  # two members without labels are right by half each, twice
    np.testing.assert_allclose(share, np.round(share))
