"""The Sun and its four giant planets, moved by their gravity: nothing but arithmetic in Python.

A task that keeps a processor busy and never gives the GIL away.  Lengths are in astronomical units,
times in years, masses in suns.  The planets begin on circles, their neighbours' pull apart, and a
step is half a kick, a drift and half a kick.  That keeps the energy; whoever computes something
else does not, and gets an ArithmeticError for a result.
"""

import math

GRAVITY = 4 * math.pi**2  # so that a circle of radius 1 around the Sun takes a year
PLANETS = (  # mass, distance and direction at the beginning: Jupiter to Neptune
    (9.55e-4, 5.20, 0.3),
    (2.86e-4, 9.54, 2.1),
    (4.37e-5, 19.2, 3.8),
    (5.15e-5, 30.1, 5.2),
)
YEARS = 0.01  # of a step
STEPS = 8000  # of a task: a tenth of a second, or two
TOLERANCE = 1e-7  # of the energy's change, relative to the energy


class Body:
    def __init__(self, mass, position, velocity):
        self.mass = mass
        self.x, self.y, self.z = position
        self.vx, self.vy, self.vz = velocity


def planet(mass, distance, direction):
    """One on a circle that is a little inclined, so that all three dimensions are used."""
    speed, tilt = math.sqrt(GRAVITY / distance), 0.02 * direction
    sine, cosine = math.sin(direction), math.cos(direction)
    return Body(
        mass,
        (distance * cosine, distance * sine * math.cos(tilt), distance * sine * math.sin(tilt)),
        (-speed * sine, speed * cosine * math.cos(tilt), speed * cosine * math.sin(tilt)),
    )


def beginning():
    """The Sun, moving so that all together stay where they are, and the planets."""
    planets = [planet(*each) for each in PLANETS]
    against = [-sum(p.mass * getattr(p, axis) for p in planets) for axis in ("vx", "vy", "vz")]
    return [Body(1.0, (0.0, 0.0, 0.0), against), *planets]


def pairs(bodies):
    return [(a, b) for number, a in enumerate(bodies) for b in bodies[:number]]


def energy(bodies):
    """Of their motion, less what it would take to part them."""
    motion = sum(b.mass * (b.vx**2 + b.vy**2 + b.vz**2) / 2 for b in bodies)
    parting = sum(
        GRAVITY
        * a.mass
        * b.mass
        / math.sqrt((a.x - b.x) ** 2 + (a.y - b.y) ** 2 + (a.z - b.z) ** 2)
        for a, b in pairs(bodies)
    )
    return motion - parting


def kick(bodies, years):
    """Change the velocities as all pull at each other for so long."""
    for a, b in pairs(bodies):
        dx, dy, dz = a.x - b.x, a.y - b.y, a.z - b.z
        square = dx * dx + dy * dy + dz * dz
        pull = GRAVITY * years / (square * math.sqrt(square))
        toward_b, toward_a = pull * b.mass, pull * a.mass
        a.vx -= dx * toward_b
        a.vy -= dy * toward_b
        a.vz -= dz * toward_b
        b.vx += dx * toward_a
        b.vy += dy * toward_a
        b.vz += dz * toward_a


def drift(bodies, years):
    """Move all, as fast as they are, for so long."""
    for body in bodies:
        body.x += years * body.vx
        body.y += years * body.vy
        body.z += years * body.vz


def step(bodies, years):
    kick(bodies, years / 2)
    drift(bodies, years)
    kick(bodies, years / 2)


def simulate(steps, advance=step):
    """Where Jupiter is after so many steps; and no result if the energy is not what it was."""
    bodies = beginning()
    before = energy(bodies)
    for _ in range(steps):
        advance(bodies, YEARS)
    change = abs(energy(bodies) / before - 1)
    if not change <= TOLERANCE:
        raise ArithmeticError(f"N-body: {change:.1g} of the energy came or went")
    jupiter = bodies[1]
    return jupiter.x, jupiter.y, jupiter.z
