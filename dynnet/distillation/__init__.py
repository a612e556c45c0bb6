"""How `vgg19_lite` is made from VGG19: compress by least squares, fine-tune, measure."""
