"""Makes a text that is to a word counter what English is: the same few words make up half of it, tens
of thousands are rare, words are as long, capitals and punctuation as many. The same on every machine.
"""

import random

COMMON = """the of and to a in that it is was I for on you he be with as by at have are this not but had
his they from she which or we an there her were one do been all their has would will what if can when so
no who said out up them some my more him than into its time about could me then only your other now over
just like made these two may did also after first any new people how our even because most way down
should very where those such good through before between little own must back well still never again
don't it's I'm isn't that's""".split()
ONSETS = "b bl br c ch cl cr d dr f fl fr g gl gr h j l m n p pl pr qu r s sc sh sl sp st str t th tr v w"
VOWELS = "a e i o u ea ou ai oo ie"
CODAS = "n r t s l d m ck nd st rt ng sh ll ss nt"
ENDINGS = "ing ed ly er tion ness ment al able ful ity ous"


def vocabulary(rng, size):
    """The common words and then the rare ones, which get longer the rarer they are."""
    onsets, vowels, codas, endings = (s.split() for s in (ONSETS, VOWELS, CODAS, ENDINGS))
    words = dict.fromkeys(COMMON)
    while len(words) < size:
        syllables = 1 + (rng.random() < len(words) / 2_000) + (rng.random() < len(words) / size)
        word = "".join(
            rng.choice(onsets) + rng.choice(vowels) + (rng.choice(codas) if rng.random() < 0.5 else "")
            for _ in range(syllables)
        )
        words[word + (rng.choice(endings) if rng.random() < 0.4 else "")] = None
    return list(words)


def english(size, seed=18):
    rng = random.Random(seed)
    words = vocabulary(rng, 40_000)
    weights = [(rank + 2.7) ** -1.1 for rank in range(len(words))]  # Zipf, Mandelbrot
    text = []
    length = 0
    sentence_starts = True
    column = 0
    while length < size:
        for word in rng.choices(words, weights, k=100_000):
            chance = rng.random()
            if sentence_starts or chance < 0.02:
                word = word[0].upper() + word[1:]
            if chance > 0.998:
                word = f"“{word}”"
            elif chance > 0.99:
                word = f'"{word}"'
            sentence_starts = 0.1 < chance < 0.16
            if sentence_starts:
                word += "!?."[min(int((chance - 0.1) / 0.003), 2)]
            elif 0.2 < chance < 0.27:
                word += ";" if chance < 0.205 else ","
            column += len(word) + 1
            word += "\n" if column > 72 else " "
            column = 0 if column > 72 else column
            text.append(word)
            length += len(word)
            if length >= size:
                break
    return "".join(text).encode()[:size].decode(errors="ignore")
