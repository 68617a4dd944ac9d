"""Names that PyTorch training programs import: they exist and say what they are."""

from __future__ import annotations

import importlib
import inspect

import pytest

import pyad

NAMES = {
    "nn": """
        Module Sequential ModuleList ModuleDict ParameterList ParameterDict Parameter Buffer
        Identity
        Linear Bilinear Embedding EmbeddingBag Flatten Unflatten
        Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d Unfold Fold
        MaxPool1d MaxPool2d MaxPool3d AvgPool1d AvgPool2d AvgPool3d MaxUnpool1d MaxUnpool2d
        MaxUnpool3d LPPool1d LPPool2d LPPool3d AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d
        AdaptiveMaxPool1d AdaptiveMaxPool2d AdaptiveMaxPool3d
        BatchNorm1d BatchNorm2d BatchNorm3d LayerNorm GroupNorm InstanceNorm1d InstanceNorm2d
        InstanceNorm3d RMSNorm LocalResponseNorm
        Dropout Dropout1d Dropout2d Dropout3d AlphaDropout FeatureAlphaDropout
        ReLU ReLU6 LeakyReLU PReLU RReLU ELU SELU CELU GELU SiLU Mish Sigmoid LogSigmoid Tanh
        Hardtanh Hardsigmoid Hardswish Hardshrink Softshrink Tanhshrink Softplus Softsign Threshold
        GLU Softmax Softmax2d LogSoftmax Softmin
        L1Loss MSELoss SmoothL1Loss HuberLoss NLLLoss CrossEntropyLoss BCELoss BCEWithLogitsLoss
        KLDivLoss PoissonNLLLoss GaussianNLLLoss HingeEmbeddingLoss MarginRankingLoss
        MultiLabelMarginLoss MultiLabelSoftMarginLoss MultiMarginLoss SoftMarginLoss
        CosineEmbeddingLoss TripletMarginLoss TripletMarginWithDistanceLoss CTCLoss
        RNN LSTM GRU RNNCell LSTMCell GRUCell MultiheadAttention TransformerEncoderLayer
        TransformerDecoderLayer TransformerEncoder TransformerDecoder Transformer
        Upsample UpsamplingNearest2d UpsamplingBilinear2d PixelShuffle PixelUnshuffle ChannelShuffle
        ZeroPad2d ConstantPad2d ReflectionPad2d ReplicationPad2d CircularPad2d
        CosineSimilarity PairwiseDistance""",
    "nn.init": """
        uniform_ normal_ trunc_normal_ constant_ ones_ zeros_ eye_ dirac_ xavier_uniform_
        xavier_normal_ kaiming_uniform_ kaiming_normal_ orthogonal_ sparse_ calculate_gain""",
    "nn.utils": """
        clip_grad_norm_ clip_grad_value_ parameters_to_vector vector_to_parameters weight_norm
        remove_weight_norm spectral_norm remove_spectral_norm skip_init""",
    "nn.utils.parametrize": "register_parametrization remove_parametrizations is_parametrized",
    "nn.utils.parametrizations": "weight_norm spectral_norm",
    "nn.utils.rnn": """
        PackedSequence pack_padded_sequence pad_packed_sequence pad_sequence pack_sequence""",
    "optim": """
        Optimizer SGD Adam AdamW RMSprop Adagrad Adadelta Adamax NAdam RAdam Rprop ASGD LBFGS""",
    "optim.lr_scheduler": """
        LRScheduler LambdaLR MultiplicativeLR StepLR MultiStepLR ConstantLR LinearLR ExponentialLR
        PolynomialLR CosineAnnealingLR CosineAnnealingWarmRestarts CyclicLR OneCycleLR
        ReduceLROnPlateau SequentialLR ChainedScheduler""",
    "utils.data": """
        Dataset IterableDataset TensorDataset ConcatDataset Subset random_split DataLoader Sampler
        SequentialSampler RandomSampler SubsetRandomSampler WeightedRandomSampler BatchSampler
        default_collate get_worker_info""",
    "utils.checkpoint": "checkpoint checkpoint_sequential",
    "autograd": "Function backward grad gradcheck gradgradcheck no_grad enable_grad",
    "autograd.functional": "jacobian hessian vjp jvp vhp hvp",
    "autograd.forward_ad": "dual_level make_dual unpack_dual",
    "func": "functional_call",
    "random": "manual_seed seed initial_seed get_rng_state set_rng_state fork_rng",
    "viz": "draw",
    "": """
        tensor manual_seed Generator get_rng_state set_rng_state rand randn randint randperm normal
        bernoulli multinomial rand_like randn_like save load compile no_grad enable_grad
        set_grad_enabled inference_mode set_default_dtype get_default_dtype device""",
}
METHODS = """
    normal_ uniform_ bernoulli_ exponential_ random_ log_normal_ cauchy_ geometric_ backward
    requires_grad_ detach numpy item tolist to float double long cpu clone size dim numel"""
ALL = [(module, name) for module, names in NAMES.items() for name in names.split()]


@pytest.mark.parametrize(("module", "name"), ALL, ids=[f"{m}.{n}".lstrip(".") for m, n in ALL])
def test_name(module, name):
    place = importlib.import_module(f"pyad.{module}".rstrip("."))
    thing = getattr(place, name)
    assert callable(thing) or inspect.ismodule(thing)
    own = vars(thing).get("__doc__") if inspect.isclass(thing) else thing.__doc__
    assert (own or "").strip(), f"{module}.{name} has no documentation of its own"


@pytest.mark.parametrize("name", METHODS.split())
def test_method(name):
    assert getattr(pyad.Tensor, name).__doc__.strip()
