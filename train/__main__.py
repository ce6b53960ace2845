"""The whole recipe: tokenizer, training, model file and measurement, from nothing, with one command.

Nothing that lies in build/ is read; what is written there only serves the parts when they are called alone.
"""

import argparse

from train.corpus import learn_tokenizer
from train.evaluate import measure
from train.exact import measure_exact
from train.export import SHIPPED, write
from train.fit import fit


def main():
    options = argparse.ArgumentParser(prog="python -m train", description=__doc__)
    options.add_argument("--out", default=SHIPPED, help="where the model file goes")
    given = options.parse_args()
    tokenizer, _ = learn_tokenizer()
    model = fit(tokenizer)
    write(model, tokenizer, given.out)
    measure(model, tokenizer, given.out)
    measure_exact(given.out)


if __name__ == "__main__":
    main()
