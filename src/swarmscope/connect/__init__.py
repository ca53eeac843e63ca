"""How agents of other people's making are connected: the lines to paste per framework, and which frameworks a project uses."""
