"""How `vgg19_lite` is made from VGG19: prune by least squares, fine-tune, measure."""
