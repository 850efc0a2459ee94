"""How the model `auto` chooses a tier: pure rules, for the gateway and for the controller alike."""
