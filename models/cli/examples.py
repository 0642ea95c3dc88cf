"""Examples of each command, shown below its help. A test parses each example."""

EXAMPLES = {
    "train": (
        "kapre-like train calls.csv --model boosted --out model",
        "kapre-like train clips/ --model vgg --seconds 3 --set row=vgg11 --out model",
    ),
    "pretrain": ("kapre-like pretrain recordings/ --seconds 4 --epochs 20 --out checkpoint",),
    "evaluate": ("kapre-like evaluate model calls.csv --json figures.json",),
    "predict": (
        "kapre-like predict model new/ --csv predictions.csv --on-error skip",
        "kapre-like predict model day.wav --seconds-per-window 3 --hop 1 --audacity day.txt",
        "kapre-like predict model new/0001.wav new/0002.mp3",
    ),
    "compare": (
        "kapre-like compare calls.csv --models boosted,vgg --folds 5 --out comparison",
    ),
    "export": ("kapre-like export model --format onnx --out model.onnx",),
    "families": ("kapre-like families vgg",),
    "weights": ("kapre-like weights --json",),
    "inspect": ("kapre-like inspect recordings/ --csv",),
    "features": (
        "kapre-like features calls.csv --out features.parquet",
        "kapre-like features recordings/ --set n_mels=64 --out features.csv --on-error skip",
    ),
    "tune-decoder": ("kapre-like tune-decoder model calls.csv --lm lm.arpa",),
    "lm": (
        "kapre-like lm sentences.txt --order 3 --out lm.arpa",
        "kapre-like lm calls.csv --text-column text --case upper --out lm.arpa.gz",
    ),
    "show": (
        "kapre-like show new/0001.wav --out picture.pdf",
        "kapre-like show new/0001.wav --augment street --out street.png",
    ),
}
