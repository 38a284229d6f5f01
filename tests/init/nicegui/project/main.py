from nicegui import ui

ui.label('Hello')
ui.run(reload=False, show=False)
