"""The zoo: third-party networks with random weights and small inputs. Nothing is imported before it is asked for."""

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn


@dataclass(frozen=True)
class Animal:
    """A network of the zoo.

    Attributes:
        family: the package that it comes from.
        make: builds it, in eval mode.
        inputs: keywords and arguments of a pass: (args, kwargs); seeded by the caller.
    """

    family: str
    name: str
    make: Callable[[], nn.Module]
    inputs: Callable[[], tuple[tuple, dict[str, Any]]]


def picture(size: int, channels: int = 3, batch: int = 2) -> Callable[[], tuple[tuple, dict[str, Any]]]:
    return lambda: ((torch.rand(batch, channels, size, size),), {})


def volume(size: int) -> Callable[[], tuple[tuple, dict[str, Any]]]:
    return lambda: ((torch.rand(1, 1, size, size, size),), {})


def made(module: str, name: str, **options: Any) -> Callable[[], nn.Module]:
    """`module.name(**options)`."""
    return lambda: getattr(importlib.import_module(module), name)(**options)


def animals() -> Iterator[Animal]:
    """All of them."""
    for family in (torchvision, timm, segmentation, spandrel, diffusers, transformers, monai):
        yield from family()


def torchvision() -> Iterator[Animal]:
    for name in ("alexnet densenet121 efficientnet_b0 googlenet mnasnet0_5 mobilenet_v2 mobilenet_v3_small regnet_y_400mf "
                 "resnet18 shufflenet_v2_x0_5 squeezenet1_1").split():  # fmt: skip
        options = {"init_weights": False, "aux_logits": False} if name == "googlenet" else {}
        yield Animal("torchvision", name, made("torchvision.models", name, **options), picture(64))
    for name, size in {
        "convnext_tiny": 32, "resnext50_32x4d": 32, "swin_t": 64,
        "swin_v2_t": 64, "vgg11_bn": 32,
    }.items():  # fmt: skip
        yield Animal("torchvision", name, made("torchvision.models", name), picture(size, batch=1))
    vit = made("torchvision.models.vision_transformer", "VisionTransformer", image_size=32, patch_size=8, num_layers=3,
               num_heads=2, hidden_dim=32, mlp_dim=64)  # fmt: skip
    yield Animal("torchvision", "VisionTransformer", vit, picture(32))
    for name in ("lraspp_mobilenet_v3_large", "deeplabv3_mobilenet_v3_large", "fcn_resnet50"):
        segmenting = made("torchvision.models.segmentation", name, weights_backbone=None)
        yield Animal("torchvision", name, segmenting, picture(32))
    for name in ("fasterrcnn_mobilenet_v3_large_320_fpn", "ssdlite320_mobilenet_v3_large"):
        detector = made("torchvision.models.detection", name, weights_backbone=None)
        yield Animal("torchvision", name, detector, lambda: (([torch.rand(3, 64, 64)],), {}))
    yield Animal("torchvision", "r3d_18", made("torchvision.models.video", "r3d_18"), clip)
    flow = made("torchvision.models.optical_flow", "raft_small")
    yield Animal(
        "torchvision", "raft_small", flow, lambda: ((torch.rand(1, 3, 128, 128), torch.rand(1, 3, 128, 128)), {})
    )


def clip() -> tuple[tuple, dict[str, Any]]:
    return (torch.rand(1, 3, 4, 32, 32),), {}


TIMM = {
    32: ("convnext_atto convnextv2_atto darknet17 densenet121 dla46_c ecaresnext26t_32x4d "
         "edgenext_xx_small efficientnet_b0 efficientnet_lite0 ese_vovnet19b_slim fbnetc_100 gcresnext26ts ghostnet_050 "
         "hardcorenas_a hgnet_tiny hgnetv2_b0 inception_next_atto lcnet_035 mnasnet_small "
         "mobilenetv2_050 mobilenetv3_small_050 mobilenetv4_conv_small mobileone_s0 nf_resnet26 poolformer_s12 "
         "poolformerv2_s12 pvt_v2_b0 regnetx_002 regnety_002 regnetz_005 repghostnet_050 repvgg_a0 repvit_m0_9 resnest14d "
         "resnet10t resnet18 resnet26d resnext26ts rexnet_100 semnasnet_075 seresnext26ts "
         "spnasnet_100 starnet_s1 tf_efficientnetv2_b0 tinynet_e ese_vovnet19b_dw eca_nfnet_l0 cs3darknet_s "
         "fastvit_t8 efficientvit_b0 shvit_s1 swiftformer_xs"),
    64: "caformer_s18 convformer_s18 mobilevit_xxs mobilevitv2_050 test_resnet resnetv2_50 ghostnetv2_100",
    224: ("coat_lite_tiny coatnet_pico_rw_224 convit_tiny cait_xxs24_224 davit_tiny deit_tiny_patch16_224 "
          "efficientformer_l1 efficientformerv2_s0 efficientvit_m0 focalnet_tiny_srf gcvit_xxtiny gmlp_ti16_224 levit_128s "
          "nest_tiny pit_ti_224 swin_tiny_patch4_window7_224 tiny_vit_5m_224 "
          "twins_pcpvt_small visformer_tiny vit_tiny_patch16_224 xcit_nano_12_p16_224"),
    256: "halonet26t",
    240: "crossvit_tiny_240",
    160: "test_vit",
}  # fmt: skip


def timm() -> Iterator[Animal]:
    for size, names in TIMM.items():
        for name in names.split():
            yield Animal("timm", name, made("timm", "create_model", model_name=name), picture(size, batch=1))
    features = made("timm", "create_model", model_name="resnet18", features_only=True)
    yield Animal("timm", "resnet18, features_only", features, picture(32))


def segmentation() -> Iterator[Animal]:
    package = "segmentation_models_pytorch"
    for name in ("Unet", "UnetPlusPlus", "MAnet", "Linknet", "FPN", "PSPNet", "PAN", "DeepLabV3", "DeepLabV3Plus", "UPerNet",
                 "Segformer"):  # fmt: skip
        yield Animal(
            package,
            name,
            made(package, name, encoder_name="resnet18", encoder_weights=None),
            picture(128 if name == "PAN" else 64),
        )
    for encoder in ("mobilenet_v2", "timm-mobilenetv3_small_minimal_100", "efficientnet-b0"):
        unet = made(package, "Unet", encoder_name=encoder, encoder_weights=None)
        yield Animal(package, f"Unet on {encoder}", unet, picture(64))


WINDOWED = {"img_size": 32, "embed_dim": 24, "depths": (2, 2), "num_heads": (2, 2), "window_size": 8}
SPANDREL: dict[str, tuple[str, int, dict[str, Any]]] = {
    "ATD": ("ATD", 32, {**WINDOWED, "category_size": 64, "num_tokens": 16, "upscale": 2, "upsampler": "pixelshuffle"}),
    "CRAFT": ("CRAFT", 32, {"embed_dim": 24, "depths": [1, 1], "num_heads": [2, 2], "upscale": 2}),
    "Compact": ("Compact", 32, {"num_feat": 16, "num_conv": 4}),
    "DAT": ("DAT", 32, {"img_size": 32, "embed_dim": 24, "depth": [1, 1], "num_heads": [2, 2], "split_size": [2, 4],
                        "upscale": 2, "upsampler": "pixelshuffle"}),
    "DCTLSA": ("DCTLSA", 32, {"nf": 20}),
    "DITN": ("DITN", 32, {"dim": 24, "ITL_blocks": 1, "SAL_blocks": 1}),
    "DRCT": ("DRCT", 32, {**WINDOWED, "upscale": 2, "upsampler": "pixelshuffle"}),
    "DRUNet": ("DRUNet", 32, {"nc": [8, 16, 24, 32], "nb": 1}),
    "DnCNN": ("DnCNN", 32, {"nc": 16, "nb": 5}),
    "ESRGAN": ("ESRGAN", 32, {"num_filters": 16, "num_blocks": 2}),
    "ESRGAN, unshuffle": ("ESRGAN", 32, {"num_filters": 16, "num_blocks": 2, "in_nc": 12, "shuffle_factor": 2}),
    "FBCNN": ("FBCNN", 32, {"nb": 1}),
    "FDAT": ("FDAT", 32, {"embed_dim": 32, "num_groups": 1, "depth_per_group": 2}),
    "FFTformer": ("FFTformer", 64, {"dim": 16, "num_blocks": [1, 1, 1], "num_refinement_blocks": 1}),
    "GRL": ("GRL", 32, {"img_size": 32, "embed_dim": 24, "depths": [1, 1], "num_heads_window": [2, 2],
                        "num_heads_stripe": [2, 2], "upscale": 2, "upsampler": "pixelshuffle"}),
    "HAT": ("HAT", 32, {**WINDOWED, "squeeze_factor": 6, "upscale": 2, "upsampler": "pixelshuffle"}),
    "HVICIDNet": ("HVICIDNet", 32, {"channels": [12, 12, 24, 48]}),
    "KBNet": ("KBNet_s", 32, {"width": 16, "middle_blk_num": 1, "enc_blk_nums": [1, 1], "dec_blk_nums": [1, 1]}),
    "MMRealSR": ("MMRealSR", 32, {"num_in_ch": 3, "num_out_ch": 3, "num_feat": 16, "num_block": 1}),
    "MixDehazeNet": ("MixDehazeNet", 64, {}),
    "MoESR": ("MoESR", 32, {"dim": 16, "n_blocks": 1, "n_block": 1}),
    "MoSR": ("MoSR", 32, {"n_block": 2, "dim": 16}),
    "NAFNet": ("NAFNet", 32, {"enc_blk_nums": [1, 1], "dec_blk_nums": [1, 1]}),
    "OmniSR": ("OmniSR", 32, {"num_feat": 16, "up_scale": 2}),
    "PLKSR": ("PLKSR", 32, {"dim": 16, "n_blocks": 2}),
    "PLKSR, real": ("RealPLKSR", 32, {"dim": 16, "n_blocks": 2}),
    "RCAN": ("RCAN", 32, {"n_resgroups": 1, "n_resblocks": 2, "n_feats": 16}),
    "RGT": ("RGT", 32, {"img_size": 32, "embed_dim": 24, "depth": [1, 1], "num_heads": [2, 2]}),
    "RealCUGAN": ("UpCunet2x", 32, {}),
    "RetinexFormer": ("RetinexFormer", 32, {"n_feat": 16, "stage": 1}),
    "SAFMN": ("SAFMN", 32, {"dim": 16, "n_blocks": 2}),
    "SAFMNBCIE": ("SAFMNBCIE", 32, {"dim": 16, "n_blocks": 1, "num_layers": 1}),
    "SCUNet": ("SCUNet", 64, {"config": [1] * 7, "dim": 64}),
    "SPAN": ("SPAN", 32, {"num_in_ch": 3, "num_out_ch": 3, "feature_channels": 16}),
    "SeemoRe": ("SeemoRe", 32, {"num_experts": 2, "num_layers": 2, "embedding_dim": 16, "recursive": 1}),
    "SwiftSRGAN": ("SwiftSRGAN", 32, {"num_channels": 16, "num_blocks": 2}),
    "Swin2SR": ("Swin2SR", 32, {**WINDOWED, "upsampler": "pixelshuffle"}),
    "SwinIR": ("SwinIR", 32, {**WINDOWED, "upscale": 2, "upsampler": "pixelshuffle"}),
}  # fmt: skip


def spandrel() -> Iterator[Animal]:
    for name, (kind, size, options) in SPANDREL.items():
        module = f"spandrel.architectures.{name.partition(',')[0]}"
        channels = options.get("in_nc", 1 if kind in ("DRUNet", "DnCNN") else 3)
        channels = 3 if kind == "ESRGAN" else channels
        yield Animal("spandrel", name, made(module, kind, **options), picture(size, channels, batch=1))


def diffusers() -> Iterator[Animal]:
    unet = {"sample_size": 16, "block_out_channels": (16, 32), "layers_per_block": 1, "norm_num_groups": 8}
    yield Animal("diffusers", "UNet2DModel", made(
        "diffusers", "UNet2DModel", **unet, down_block_types=("DownBlock2D", "AttnDownBlock2D"),
        up_block_types=("AttnUpBlock2D", "UpBlock2D"), attention_head_dim=8,
    ), lambda: ((torch.rand(2, 3, 16, 16), 7), {}))  # fmt: skip
    conditional = {**unet, "in_channels": 4, "out_channels": 4, "cross_attention_dim": 16, "attention_head_dim": 8,
                   "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D")}  # fmt: skip
    yield Animal(
        "diffusers",
        "UNet2DConditionModel",
        made(
            "diffusers",
            "UNet2DConditionModel",
            **conditional,
            up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        ),
        lambda: ((torch.rand(2, 4, 16, 16), torch.tensor([3, 9])), {"encoder_hidden_states": torch.rand(2, 5, 16)}),
    )
    coder = {"block_out_channels": (16, 32), "layers_per_block": 1, "norm_num_groups": 8, "sample_size": 16,
             "down_block_types": ("DownEncoderBlock2D",) * 2, "up_block_types": ("UpDecoderBlock2D",) * 2}  # fmt: skip
    yield Animal("diffusers", "AutoencoderKL", made("diffusers", "AutoencoderKL", **coder), picture(16))
    yield Animal("diffusers", "AutoencoderTiny", made(
        "diffusers", "AutoencoderTiny", encoder_block_out_channels=(16, 16), decoder_block_out_channels=(16, 16),
        num_encoder_blocks=(1, 2), num_decoder_blocks=(2, 1),
    ), picture(32))  # fmt: skip
    yield Animal("diffusers", "VQModel", made(
        "diffusers", "VQModel", block_out_channels=(16, 32), norm_num_groups=8, down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
    ), picture(16))  # fmt: skip
    yield Animal(
        "diffusers",
        "DiTTransformer2DModel",
        made(
            "diffusers",
            "DiTTransformer2DModel",
            num_attention_heads=2,
            attention_head_dim=8,
            in_channels=4,
            out_channels=8,
            num_layers=2,
            sample_size=8,
            norm_num_groups=8,
        ),
        lambda: ((torch.rand(2, 4, 8, 8),), {"timestep": torch.tensor([3, 9]), "class_labels": torch.tensor([1, 2])}),
    )
    yield Animal("diffusers", "UNet1DModel", made(
        "diffusers", "UNet1DModel", sample_size=64, block_out_channels=(32, 32, 64), extra_in_channels=64,
    ), lambda: ((torch.rand(2, 2, 64), torch.tensor(3)), {}))  # fmt: skip


def tokens(batch: int = 2, length: int = 9, **more: Any) -> Callable[[], tuple[tuple, dict[str, Any]]]:
    def inputs() -> tuple[tuple, dict[str, Any]]:
        ids = torch.randint(5, 90, (batch, length))
        return (), {"input_ids": ids, "attention_mask": torch.ones_like(ids), "use_cache": False, **more}

    return inputs


def configured(name: str, config: str, **options: Any) -> Callable[[], nn.Module]:
    def make() -> nn.Module:
        package = importlib.import_module("transformers")
        return getattr(package, name)(getattr(package, config)(**options))

    return make


def transformers() -> Iterator[Animal]:
    sizes = {"hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 48}
    image = {"image_size": 32, "patch_size": 8}
    for name, config, options, size in (
        ("ViTForImageClassification", "ViTConfig", sizes | image, 32),
        ("DeiTForImageClassification", "DeiTConfig", sizes | image, 32),
        ("Dinov2ForImageClassification", "Dinov2Config", {k: v for k, v in sizes.items() if k[0] != "i"} | image, 32),
        ("CLIPVisionModel", "CLIPVisionConfig", sizes | image, 32),
        ("SwinForImageClassification", "SwinConfig", {"image_size": 32, "patch_size": 2, "embed_dim": 16, "depths": [1, 2],
                                                      "num_heads": [2, 2], "window_size": 4}, 32),
        ("SegformerForSemanticSegmentation", "SegformerConfig", {"hidden_sizes": [8, 16, 16, 24], "depths": [1] * 4,
                                                                 "decoder_hidden_size": 16}, 64),
        ("ConvNextV2ForImageClassification", "ConvNextV2Config", {"hidden_sizes": [8, 16, 16, 24], "depths": [1] * 4}, 64),
        ("ResNetForImageClassification", "ResNetConfig", {"hidden_sizes": [16, 24, 32, 32], "depths": [1] * 4,
                                                          "embedding_size": 16}, 64),
    ):  # fmt: skip
        yield Animal("transformers", name, configured(name, config, **options), picture(size))
    yield Animal("transformers", "BertModel", configured("BertModel", "BertConfig", vocab_size=99, **sizes),
                 lambda: (lambda ids: ((), {"input_ids": ids}))(torch.randint(5, 90, (2, 9))))  # fmt: skip
    gpt2 = configured("GPT2LMHeadModel", "GPT2Config", n_embd=32, n_layer=3, n_head=2, vocab_size=99, n_positions=32)
    yield Animal("transformers", "GPT2LMHeadModel", gpt2, tokens())
    llama = configured("LlamaForCausalLM", "LlamaConfig", vocab_size=99, **sizes)
    yield Animal("transformers", "LlamaForCausalLM", llama, tokens())
    t5 = configured("T5EncoderModel", "T5Config", d_model=32, d_kv=8, d_ff=48, num_layers=2, num_heads=2, vocab_size=99)
    yield Animal("transformers", "T5EncoderModel", t5, tokens())
    wav = configured("Wav2Vec2Model", "Wav2Vec2Config", conv_dim=(16, 16), conv_stride=(5, 2), conv_kernel=(10, 3),
                     num_feat_extract_layers=2, num_conv_pos_embeddings=8, num_conv_pos_embedding_groups=2, **sizes)  # fmt: skip
    yield Animal("transformers", "Wav2Vec2Model", wav, lambda: ((torch.rand(2, 400),), {}))


def monai() -> Iterator[Animal]:
    space = {"spatial_dims": 3, "in_channels": 1, "out_channels": 2}
    steps = {"channels": (4, 8, 16), "strides": (2, 2)}
    nets = "monai.networks.nets"
    yield Animal("monai", "UNet", made(nets, "UNet", **space, **steps, num_res_units=1), volume(16))
    yield Animal("monai", "AttentionUnet", made(nets, "AttentionUnet", **space, **steps), volume(16))
    yield Animal(
        "monai", "AutoEncoder", made(nets, "AutoEncoder", **space, channels=(4, 8, 16), strides=(2, 2, 2)), volume(16)
    )
    basic = made(nets, "BasicUNet", **space, features=(4, 4, 8, 8, 16, 4))
    yield Animal("monai", "BasicUNet", basic, volume(32))
    yield Animal("monai", "SegResNet", made(nets, "SegResNet", **space, init_filters=8), volume(16))
    yield Animal("monai", "VNet", made(nets, "VNet", **space), volume(16))
    yield Animal("monai", "HighResNet", made(nets, "HighResNet", **space), volume(16))
    dyn = made(nets, "DynUNet", **space, kernel_size=[3, 3, 3], strides=[1, 2, 2], upsample_kernel_size=[2, 2],
               filters=[4, 8, 16])  # fmt: skip
    yield Animal("monai", "DynUNet", dyn, volume(16))
    unetr = made(nets, "UNETR", in_channels=1, out_channels=2, img_size=(16, 16, 16), feature_size=4, hidden_size=24,
                 mlp_dim=32, num_heads=2)  # fmt: skip
    yield Animal("monai", "UNETR", unetr, volume(16))
    swin = made(nets, "SwinUNETR", in_channels=1, out_channels=2, feature_size=12, depths=(1, 1, 1, 1),
                num_heads=(1, 2, 2, 2))  # fmt: skip
    yield Animal("monai", "SwinUNETR", swin, volume(64))
    dense = made(nets, "DenseNet121", **space)
    yield Animal("monai", "DenseNet121", dense, volume(32))
